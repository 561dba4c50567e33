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

// While a scope is open on this thread, float32 products without gradients are computed as those with gradients are.
// PPO compares the two: the first ratio must be exactly 1.
class SameProductsScope {
 public:
  SameProductsScope();
  ~SameProductsScope();
  SameProductsScope(const SameProductsScope&) = delete;
  SameProductsScope& operator=(const SameProductsScope&) = delete;

 private:
  bool previous_;
};

}  // namespace dppo
