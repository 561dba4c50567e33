// The activations of the feed-forward layers, under the names of transformers.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <string>

namespace dppo {

constexpr std::array<const char*, 5> kActivations{"relu", "gelu", "gelu_new", "silu", "tanh"};

// Returns the member of kActivations that computes what transformers calls `name`; empty when there is none.
std::string canonical_activation(const std::string& name);

// Applies a member of kActivations.
at::Tensor activate(const std::string& name, const at::Tensor& x);

}  // namespace dppo
