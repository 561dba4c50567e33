// Normalisations in training passes on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "model/norm.h"

namespace dppo {

// Return what LayerNorm and RmsNorm return, with gradients. x is (N, size), and all tensors are float32.
at::Tensor layer_norm_with_gradient(const at::Tensor& x, const NormWeights& weights);
at::Tensor rms_norm_with_gradient(const at::Tensor& x, const NormWeights& weights);

// How the output of a norm is computed again.
class RepeatableNorm {
 public:
  virtual ~RepeatableNorm() = default;
  // Returns the output (N, size) of the forward pass. It is kept until the backward pass of the norm.
  virtual at::Tensor output() = 0;
};

// Returns how `output` is computed again if it is the output of a norm above; otherwise null. The linear layers after a
// norm then keep no copy of what they read: to compute it again takes less than a hundredth of their own time.
std::shared_ptr<RepeatableNorm> norm_behind(const at::Tensor& output);

}  // namespace dppo
