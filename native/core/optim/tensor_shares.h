// How the tensors of an optimizer are divided among threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "base/share.h"

namespace dppo {

// Returns the shares of the tensors that threads work on side by side. Those of a small model on a CPU get a share for
// each thread, because starting the threads for each tensor would cost more than they save. Others get one share.
std::vector<Share> tensor_shares(at::TensorList tensors);

}  // namespace dppo
