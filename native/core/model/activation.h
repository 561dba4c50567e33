// The activations of the feed-forward layers.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

#include "model/config.h"

namespace dppo {

// Returns the activation that transformers calls `name`, which has several names for some; nothing if there is none.
std::optional<Activation> find_activation(std::string_view name);

// Returns the activation of each element of x, in its shape and type.
at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace dppo
