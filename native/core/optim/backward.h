// Backward passes of forward passes that threads compute side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "base/named_tensors.h"

namespace dppo {

// What one forward pass gave, and the gradients of the loss with respect to it. No two passes share a part of a graph:
// its memory is freed on the way.
struct ForwardPass {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> gradients;  // one for each output, of its shape
};

// Runs the backward passes side by side on threads, and adds their gradients, in the order of the passes, to those of
// the parameters.
void add_gradients(const NamedTensors& parameters, const std::vector<ForwardPass>& passes);

}  // namespace dppo
