// The scalar value head of a policy: Linear(E, 1) on the last hidden state, always float32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dppo {

// The head's names among the parameters of a policy and in TRL's checkpoints.
inline constexpr const char* kHeadWeight = "v_head.summary.weight";
inline constexpr const char* kHeadBias = "v_head.summary.bias";

struct ValueHead {
  at::Tensor weight;  // (1, E)
  at::Tensor bias;    // (1)

  // Maps hidden states (..., E) to values (...), after a cast to the head's type.
  at::Tensor operator()(const at::Tensor& hidden) const;
};

// Returns a head with PyTorch's default initialisation of Linear: uniform in +-1/sqrt(E) for weight and bias.
ValueHead init_value_head(std::int64_t width, std::uint64_t seed);

}  // namespace dppo
