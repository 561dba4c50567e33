// Undefined tensors as operators of libtorch take them.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace dppo {

// Returns the tensor, or nothing if it is undefined.
inline std::optional<at::Tensor> if_defined(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace dppo
