// The affine map that all layers are made of.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

struct Linear {
  at::Tensor weight;  // (out, in)
  at::Tensor bias;    // (out); undefined for a layer without bias

  // Maps (..., in) to (..., out) in the type of x, which is the type that compute_dtype gives for the weight.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight.defined(); }
};

// Returns whether a pass uses the kernels for inference: no gradients are recorded, and no TrainingKernelsScope is
// open.
bool uses_inference_kernels();

// The following are single operations on a GPU in passes with the kernels for inference.

// Returns h + linear(x). Where gradients are recorded, what is added has the dropout of an open DropoutScope.
at::Tensor add_linear(const at::Tensor& h, const Linear& linear, const at::Tensor& x);

// Returns relu(linear(x)).
at::Tensor relu_linear(const Linear& linear, const at::Tensor& x);

// While a scope is open on this thread, passes without gradients use the kernels of passes with gradients, so that
// their float32 products have the same bits. PPO compares the two: the first ratio must be exactly 1.
class TrainingKernelsScope {
 public:
  TrainingKernelsScope();
  ~TrainingKernelsScope();
  TrainingKernelsScope(const TrainingKernelsScope&) = delete;
  TrainingKernelsScope& operator=(const TrainingKernelsScope&) = delete;

 private:
  bool previous_;
};

}  // namespace dppo
