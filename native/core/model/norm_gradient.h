// Normalisations in training passes on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "model/norm.h"

namespace dppo {

// Return what LayerNorm and RmsNorm return, with gradients. x is (N, size), and all tensors are float32. There is one
// backward pass, without gradients of gradients.
at::Tensor layer_norm_with_gradient(const at::Tensor& x, const NormWeights& weights);
at::Tensor rms_norm_with_gradient(const at::Tensor& x, const NormWeights& weights);

// How the output of a norm is computed again.
class RepeatableNorm {
 public:
  virtual ~RepeatableNorm() = default;
  // Returns the output (N, size) of the forward pass. The result of the first call is kept until the backward pass of
  // the norm. Throws Error(kInternal) if the input or the weights have changed since the forward pass.
  virtual at::Tensor output() = 0;
};

// Returns how `output` is computed again if it is the output of a norm above; otherwise null. The linear layers after a
// norm then keep no copy of what they read: computing it again takes less than a hundredth of their own time.
std::shared_ptr<RepeatableNorm> norm_behind(const at::Tensor& output);

}  // namespace dppo
