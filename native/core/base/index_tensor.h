// Numbers of rows, columns or tokens as a tensor.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <span>

namespace dppo {

// Returns `values` as an int64 tensor of one dimension on `device`.
inline at::Tensor index_tensor(std::span<const std::int64_t> values, c10::Device device) {
  return at::tensor(at::ArrayRef<std::int64_t>(values.data(), values.size()), at::kLong).to(device);
}

}  // namespace dppo
