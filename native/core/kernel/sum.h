// Sums over whole tensors in one pass.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernel/level.h"

namespace dppo::kernel {

// Returns the sum of the squares of a contiguous float32 tensor on the CPU, added in float64. The result does not
// depend on the number of threads. Throws Error(kShape) for another tensor.
double sum_of_squares(const at::Tensor& tensor, const Kernels& kernels = best_kernels());

}  // namespace dppo::kernel
