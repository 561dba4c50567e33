#include "kernel/linear.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/error.h"
#include "kernel/few_rows.h"
#include "kernel/product.h"
#include "kernel/storage.h"

namespace dppo::kernel {

namespace {

// The most rows for which few_row_linear is faster than each path for many rows.
constexpr std::int64_t kMaxFewRowsOverProduct = 48;
constexpr std::int64_t kMaxFewRowsOverLibrary = 48;
constexpr std::int64_t kMaxFewRowsOverWidened = 96;
constexpr std::int64_t kMaxFewRowsOverBfloat16 = 8;

// A product of the library runs at full speed from this number of rows on.
constexpr std::int64_t kMinRows = 64;

// Elements of the weight that are widened at once, 64 MiB. The library packs x anew for each block, so that a product
// in small blocks takes up to 1.6 times as long.
constexpr std::int64_t kBlockElements = 1 << 24;

at::Tensor as(const at::Tensor& tensor, at::ScalarType type) { return tensor.defined() ? tensor.to(type) : tensor; }

LinearPath path_for_many_rows(Storage storage, const Processor& processor) {
  if (storage == Storage::kBfloat16 && processor.bfloat16_units) return LinearPath::kBfloat16;
  if (processor.own_product) return LinearPath::kProduct;
  return storage == Storage::kFloat32 ? LinearPath::kLibrary : LinearPath::kWidened;
}

std::int64_t max_few_rows(LinearPath many_rows) {
  switch (many_rows) {
    case LinearPath::kProduct: return kMaxFewRowsOverProduct;
    case LinearPath::kLibrary: return kMaxFewRowsOverLibrary;
    case LinearPath::kBfloat16: return kMaxFewRowsOverBfloat16;
    default: return kMaxFewRowsOverWidened;
  }
}

}  // namespace

LinearPath linear_path(std::int64_t rows, Storage storage, const Processor& processor) {
  const LinearPath path = path_for_many_rows(storage, processor);
  return rows <= max_few_rows(path) ? LinearPath::kFewRows : path;
}

at::Tensor widened_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (weight.dim() != 2 || x.dim() < 1 || x.size(-1) != weight.size(1)) {
    throw Error(ErrorKind::kShape, "linear: x is (..., in) and weight is (out, in)");
  }
  const std::int64_t in_features = weight.size(1);
  const std::int64_t out_features = weight.size(0);
  auto sizes = x.sizes().vec();
  sizes.back() = out_features;
  const at::Tensor out = at::empty(sizes, x.options());
  if (out.numel() == 0) return out;
  const at::Tensor rows = x.reshape({-1, in_features});
  const at::Tensor table = out.view({-1, out_features});
  const at::Tensor wide_bias = as(bias, at::kFloat);
  const std::int64_t block =
      std::min(out_features, std::max<std::int64_t>(1, kBlockElements / std::max<std::int64_t>(1, in_features)));
  const at::Tensor scratch = at::empty({block, in_features}, x.options());
  for (std::int64_t first = 0; first < out_features; first += block) {
    const std::int64_t count = std::min(block, out_features - first);
    const at::Tensor wide = scratch.narrow(0, 0, count);
    wide.copy_(weight.narrow(0, first, count));
    at::Tensor columns = table.narrow(1, first, count);
    if (bias.defined()) {
      at::addmm_out(columns, wide_bias.narrow(0, first, count), rows, wide.t());
    } else {
      at::mm_out(columns, rows, wide.t());
    }
  }
  return out;
}

namespace {

at::Tensor product_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (weight.dim() != 2) throw Error(ErrorKind::kShape, "linear: x is (..., in) and weight is (out, in)");
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  return matrix_product(x.flatten(0, -2), weight.t(), bias).view(sizes);
}

at::Tensor library_linear(LinearPath path, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (path == LinearPath::kWidened) return widened_linear(x, weight, bias);
  if (path == LinearPath::kLibrary) return at::linear(x, weight, as(bias, at::kFloat));
  return at::linear(x.to(at::kBFloat16), weight, as(bias, at::kBFloat16)).to(at::kFloat);
}

// The library does not look at the cancel flag, so it gets some rows at a time.
at::Tensor library_linear_in_parts(LinearPath path, const at::Tensor& x, const at::Tensor& weight,
                                   const at::Tensor& bias) {
  const std::int64_t weights = std::max<std::int64_t>(1, weight.numel());
  const std::int64_t most = std::max(kMinRows, kMultiplicationsPerCheck / weights);
  if (x.dim() != 2 || x.size(0) <= most) return library_linear(path, x, weight, bias);
  const at::Tensor out = at::empty({x.size(0), weight.size(0)}, x.options());
  for (std::int64_t first = 0; first < x.size(0); first += most) {
    check_cancelled();
    const std::int64_t count = std::min(most, x.size(0) - first);
    out.narrow(0, first, count).copy_(library_linear(path, x.narrow(0, first, count), weight, bias));
  }
  return out;
}

}  // namespace

at::Tensor linear_on(LinearPath path, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (path == LinearPath::kFewRows) return few_row_linear(x, weight, bias);
  if (path == LinearPath::kProduct) return product_linear(x, weight, bias);
  return library_linear_in_parts(path, x, weight, bias);
}

at::Tensor linear_no_grad(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  static const Processor processor{has_bfloat16_units(), prefers_own_product()};
  const std::int64_t rows = x.size(-1) == 0 ? 0 : x.numel() / x.size(-1);
  return linear_on(linear_path(rows, storage_of(weight), processor), x, weight, bias);
}

}  // namespace dppo::kernel
