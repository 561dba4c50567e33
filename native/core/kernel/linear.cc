#include "kernel/linear.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "base/error.h"
#include "kernel/few_rows.h"
#include "kernel/product.h"

namespace dppo::kernel {

namespace {

// The rows up to which few_row_linear is faster than each path for many rows.
constexpr std::int64_t kMostBesideProduct = 48;
constexpr std::int64_t kMostBesideLibrary = 64;
constexpr std::int64_t kMostBesideSixteenBits = 96;

// Elements of the weight that are widened at once, 64 MiB. The library packs x anew for each block, so that a product
// in small blocks takes up to 1.6 times as long.
constexpr std::int64_t kBlockElements = 1 << 24;

at::Tensor as(const at::Tensor& tensor, at::ScalarType type) { return tensor.defined() ? tensor.to(type) : tensor; }

}  // namespace

namespace {

LinearPath path_for_many_rows(Storage storage, const Processor& processor) {
  if (storage == Storage::kBfloat16 && processor.bfloat16_units) return LinearPath::kBfloat16;
  if (processor.own_product) return LinearPath::kProduct;
  return storage == Storage::kFloat32 ? LinearPath::kLibrary : LinearPath::kWidened;
}

std::int64_t most_few_rows(LinearPath beside) {
  switch (beside) {
    case LinearPath::kProduct: return kMostBesideProduct;
    case LinearPath::kLibrary: return kMostBesideLibrary;
    default: return kMostBesideSixteenBits;
  }
}

}  // namespace

LinearPath linear_path(std::int64_t rows, Storage storage, const Processor& processor) {
  const LinearPath path = path_for_many_rows(storage, processor);
  return rows <= most_few_rows(path) ? LinearPath::kFewRows : path;
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

}  // namespace

at::Tensor linear_no_grad(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  static const Processor processor{has_bfloat16_units(), prefers_own_product()};
  const std::int64_t rows = x.size(-1) == 0 ? 0 : x.numel() / x.size(-1);
  switch (linear_path(rows, storage_of(weight), processor)) {
    case LinearPath::kFewRows: return few_row_linear(x, weight, bias);
    case LinearPath::kProduct: return product_linear(x, weight, bias);
    case LinearPath::kLibrary: return at::linear(x, weight, as(bias, at::kFloat));
    case LinearPath::kBfloat16: return at::linear(x.to(at::kBFloat16), weight, as(bias, at::kBFloat16)).to(at::kFloat);
    case LinearPath::kWidened: break;
  }
  return widened_linear(x, weight, bias);
}

}  // namespace dppo::kernel
