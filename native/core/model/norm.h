// The normalisations of the last dimension that the model families use.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

struct NormWeights {
  at::Tensor weight;  // (size); undefined for ones
  at::Tensor bias;    // (size); undefined for zeros
  double eps = 1e-5;
};

// Layer normalisation (Ba et al. 2016).
struct LayerNorm : NormWeights {
  at::Tensor operator()(const at::Tensor& x) const;
};

// RMSNorm (Zhang & Sennrich 2019), which has a weight and no bias.
struct RmsNorm : NormWeights {
  at::Tensor operator()(const at::Tensor& x) const;
};

}  // namespace dppo
