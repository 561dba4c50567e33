// Matrix products of float32, in the order of sums that kernel/unit_product.h describes.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernel/level.h"

namespace dppo::kernel {

// Returns left right + bias, (rows, columns) in float32. `left` is (rows, inner) of float32; `right` is (inner,
// columns) of float32, bfloat16 or float16; both are in the memory of the CPU, row by row or column by column. `bias`
// is (columns) or undefined. Throws Error(kShape), and Error(kAborted) when this thread's work is cancelled.
at::Tensor matrix_product(const at::Tensor& left, const at::Tensor& right, const at::Tensor& bias = {},
                          const Kernels& kernels = best_kernels());

}  // namespace dppo::kernel
