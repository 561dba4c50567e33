// Rotary position embedding (Su et al. 2021) in the "rotate half" layout, with the scalings of Llama 3.x.
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "model/config.h"

namespace dppo {

// Returns the inverse frequencies, (head_dim / 2) float32, after the scaling of config.rope.
at::Tensor rotary_frequencies(const ModelConfig& config);

// Returns cos and sin of positions (B, T), each (B, 1, T, head_dim) float32.
std::pair<at::Tensor, at::Tensor> rotary_tables(const at::Tensor& frequencies, const at::Tensor& positions);

// Returns x (B, heads, T, head_dim) rotated by its positions.
at::Tensor rotate(const at::Tensor& x, const std::pair<at::Tensor, at::Tensor>& tables);

}  // namespace dppo
