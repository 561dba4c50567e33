// How the numbers of a matrix are stored.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernel/level.h"

namespace dppo::kernel {

// Returns how a matrix is stored. Throws Error(kShape) if it is none of float32, bfloat16 and float16.
Storage storage_of(const at::Tensor& matrix);

}  // namespace dppo::kernel
