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

// Returns whether a pass may use other products than one with gradients does: no gradients are recorded, and no
// SameProductsScope is open.
bool allows_other_products();

// The following are single operations on a GPU where other products are allowed.

// Returns h + linear(x). Where gradients are recorded, what is added has the dropout of an open DropoutScope.
at::Tensor add_linear(const at::Tensor& h, const Linear& linear, const at::Tensor& x);

// Returns relu(linear(x)).
at::Tensor relu_linear(const Linear& linear, const at::Tensor& x);

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
