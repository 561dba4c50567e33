// Tensors by name, in an order that matters: that of a model's parameters or of a file.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace dppo {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

}  // namespace dppo
