// The scalar value head of a policy: Linear(E, 1) on the last hidden state, always float32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dppo {

struct ValueHead {
  at::Tensor weight;  // (1, E)
  at::Tensor bias;    // (1)

  // (..., E) to (...); the hidden state is widened first.
  at::Tensor operator()(const at::Tensor& hidden) const;
};

// PyTorch's default for Linear: uniform in +-1/sqrt(E) for weight and bias.
ValueHead init_value_head(std::int64_t width, std::uint64_t seed);

}  // namespace dppo
