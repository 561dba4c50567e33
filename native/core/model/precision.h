// The number type in which a model computes, which is not always that of its stored weights.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// Returns the type of the hidden states of a model with weights of type `stored` on `device`. A CPU computes in float32
// with 16-bit weights: few processors have 16-bit arithmetic, and the weights are what takes time to read.
inline at::ScalarType compute_dtype(at::ScalarType stored, c10::Device device) {
  const bool half = stored == at::kBFloat16 || stored == at::kHalf;
  return half && device.is_cpu() ? at::kFloat : stored;
}

// Returns the tensor in the type that its model computes in; an undefined tensor stays undefined.
inline at::Tensor to_compute_dtype(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.to(compute_dtype(tensor.scalar_type(), tensor.device())) : tensor;
}

}  // namespace dppo
