// How the tensors of an optimizer are divided among threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "base/range.h"

namespace dppo {

// Returns the ranges of tensors that threads work on side by side. The tensors of a small model on a CPU get a range
// for each thread, because starting the threads for each tensor would cost more than they save. Others are one range.
std::vector<Range> tensor_ranges(at::TensorList tensors);

}  // namespace dppo
