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

}  // namespace dppo
