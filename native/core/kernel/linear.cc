#include "kernel/linear.h"

#include <ATen/ops/linear.h>

#include "kernel/few_rows.h"

namespace dppo::kernel {

namespace {

// Up to so many rows, few_row_linear is faster than at::linear, which must first widen a weight of 16 bits.
constexpr std::int64_t kMostRows = 16;
constexpr std::int64_t kMostRowsWidened = 32;

at::Tensor as(const at::Tensor& tensor, at::ScalarType type) { return tensor.defined() ? tensor.to(type) : tensor; }

}  // namespace

LinearPath linear_path(std::int64_t rows, Storage storage, bool bfloat16_units) {
  if (rows <= (storage == Storage::kFloat32 ? kMostRows : kMostRowsWidened)) return LinearPath::kFewRows;
  if (storage == Storage::kFloat32) return LinearPath::kLibrary;
  return storage == Storage::kBfloat16 && bfloat16_units ? LinearPath::kBfloat16 : LinearPath::kWidened;
}

at::Tensor widened_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::linear(x, weight.to(at::kFloat), as(bias, at::kFloat));
}

at::Tensor linear_no_grad(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  static const bool units = has_bfloat16_units();
  const std::int64_t rows = x.size(-1) == 0 ? 0 : x.numel() / x.size(-1);
  switch (linear_path(rows, storage_of(weight), units)) {
    case LinearPath::kFewRows: return few_row_linear(x, weight, bias);
    case LinearPath::kLibrary: return at::linear(x, weight, as(bias, at::kFloat));
    case LinearPath::kBfloat16: return at::linear(x.to(at::kBFloat16), weight, as(bias, at::kBFloat16)).to(at::kFloat);
    case LinearPath::kWidened: break;
  }
  return widened_linear(x, weight, bias);
}

}  // namespace dppo::kernel
