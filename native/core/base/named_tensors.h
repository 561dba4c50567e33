// Tensors by name, in an order that matters: that of a model's parameters or of a file.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dppo {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// Returns how many elements the tensors have together.
inline std::int64_t total_numel(const NamedTensors& tensors) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) count += tensor.numel();
  return count;
}

}  // namespace dppo
