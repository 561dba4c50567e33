// The affine map that all layers are made of.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/linear.h>

namespace dppo {

struct Linear {
  at::Tensor weight;  // (out, in)
  at::Tensor bias;    // (out); undefined for a layer without bias

  // Maps (..., in) to (..., out).
  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }
  bool defined() const { return weight.defined(); }
};

}  // namespace dppo
