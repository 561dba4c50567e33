// Tensors with a row a sample, of which each process of a group computes some.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "dist/communicator.h"

namespace dppo {

// Completes k tensors of the own rows by those of the other processes: returns (k, m, T-1), for `like` (m, T-1). `own`
// is not read when the range of this process is empty. No gradients are recorded.
at::Tensor gather_rows(const std::vector<at::Tensor>& own, const at::Tensor& like, Range range, Communicator& group);

}  // namespace dppo
