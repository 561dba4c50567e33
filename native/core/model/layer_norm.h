// Layer normalisation (Ba et al. 2016).
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/layer_norm.h>

namespace dppo {

struct LayerNorm {
  at::Tensor weight;  // (size); undefined for a layer without weights
  at::Tensor bias;
  double eps = 1e-5;

  // Normalises the last dimension of x.
  at::Tensor operator()(const at::Tensor& x) const { return at::layer_norm(x, {x.size(-1)}, weight, bias, eps); }
};

}  // namespace dppo
