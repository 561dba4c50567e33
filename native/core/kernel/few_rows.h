// Linear layers without gradients: a product over row-major weights that is fast for few rows, as in decoding.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernel/level.h"

namespace dppo::kernel {

// Returns x weight^T + bias: (..., out) float32 for x (..., in) and weight (out, in). x is float32; weight is float32,
// bfloat16 or float16; bias is (out) of one of these types or undefined. Sums are float32. Each output is summed in one
// order, which depends on neither the other rows nor the number of threads. x and weight must be contiguous and on the
// CPU. Throws Error(kShape) for other shapes, types or devices.
at::Tensor few_row_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const Kernels& kernels = best_kernels());

}  // namespace dppo::kernel
