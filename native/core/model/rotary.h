// Rotary position embedding (Su et al. 2021) in the "rotate half" layout, with the scalings of Llama 3.x.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/config.h"

namespace dppo {

// Returns the inverse frequencies, (head_dim / 2) float32, after the scaling of config.rope.
at::Tensor rotary_frequencies(const ModelConfig& config);

// Factors of the rotation of N tokens, (N, 1, head_dim) each.
struct RotaryTables {
  at::Tensor cos;
  at::Tensor sin;  // negative in the first half
};

// Returns the factors of `positions` (N), computed in float32 and rounded to `dtype`.
RotaryTables rotary_tables(const at::Tensor& frequencies, const at::Tensor& positions, at::ScalarType dtype);

// Returns x (N, heads, head_dim) rotated by its positions.
at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables);

}  // namespace dppo
