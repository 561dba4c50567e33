// Linear layers under autocast on a GPU, for passes that are captured. libtorch's autocast casts each weight in an
// operation of its own, each gradient back in another one, and adds it in a third one; in a pass of short operations
// these are a third of its time. Here all weights are cast together, and the products write their gradients to memory
// whose whole is cast and added in one operation. The numbers are those of autocast.
#pragma once

#include <ATen/core/Tensor.h>

#include <unordered_map>
#include <vector>

#include "model/causal_lm.h"

namespace dppo {

// While a scope is open on this thread, the linear layers of a model compute in bfloat16 with the present weights. The
// model has float32 weights on a GPU.
class MixedLinearScope {
 public:
  // `gradients` are bfloat16, in the order of the model's parameters and laid out in memory as they are. A backward
  // pass writes to them the gradients of weights and biases of linear layers. They may be empty where none follows.
  MixedLinearScope(const CausalLM& lm, const std::vector<at::Tensor>& gradients);
  ~MixedLinearScope();
  MixedLinearScope(const MixedLinearScope&) = delete;
  MixedLinearScope& operator=(const MixedLinearScope&) = delete;

 private:
  friend at::Tensor mixed_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

  struct Parameter {
    at::Tensor cast, gradient;
    // Returns the same part of both as `of` is of the parameter or of several that follow each other in memory.
    Parameter like(const at::Tensor& of) const;
  };
  Parameter find(const at::Tensor& parameter) const;

  std::unordered_map<const void*, Parameter> parameters_;  // by address
  const MixedLinearScope* previous_;
};

// Whether linear layers of this thread are computed by mixed_linear.
bool has_mixed_linear();

// Returns x W^T + b in bfloat16, (N, out), for the layer of the open scope with the weight (out, in) and the bias
// (out), which may be undefined. `x` is (N, in).
at::Tensor mixed_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace dppo
