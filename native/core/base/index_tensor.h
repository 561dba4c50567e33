// Numbers of rows, columns or tokens as a tensor.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <span>

namespace dppo {

// Returns `values` as an int64 tensor of one dimension on `device`.
inline at::Tensor index_tensor(std::span<const std::int64_t> values, c10::Device device) {
  // CUDA has read the numbers when the call returns, because they are not in pinned memory. Without `non_blocking`,
  // libtorch would also wait for all earlier work of the device.
  const at::Tensor here = at::tensor(at::ArrayRef<std::int64_t>(values.data(), values.size()), at::kLong);
  return here.to(device, at::kLong, /*non_blocking=*/true);
}

}  // namespace dppo
