// The linear layer of a forward pass without gradients, computed in the way that is fastest for its shape.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernel/level.h"

namespace dppo::kernel {

enum class LinearPath {
  kFewRows,   // few_row_linear
  kProduct,   // matrix_product
  kLibrary,   // at::linear in float32
  kWidened,   // widened_linear
  kBfloat16,  // at::linear in bfloat16, whose result is widened
};

// What decides between the paths.
struct Processor {
  bool bfloat16_units;  // has_bfloat16_units
  bool own_product;     // prefers_own_product
};

// Returns the fastest path for `rows` rows.
LinearPath linear_path(std::int64_t rows, Storage storage, const Processor& processor);

// Returns x weight^T + bias (..., out) in float32, with arguments as few_row_linear takes them. The paths differ by the
// rounding of their sums, and kBfloat16 rounds x to bfloat16 first. Throws Error(kShape),
// and Error(kAborted) when the work of this thread is cancelled.
at::Tensor linear_no_grad(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// Returns the same by a path that the caller names; kLibrary needs a weight of float32, kBfloat16 one of bfloat16.
at::Tensor linear_on(LinearPath path, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// Returns the same for a weight of 16 bits by the library's float32 product; the weight is widened block by block.
at::Tensor widened_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace dppo::kernel
