// Affine maps of one input whose weights follow each other in memory, so that one product computes them all.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_tensors.h"
#include "model/linear.h"

namespace dppo {

class JointLinear {
 public:
  // Copies the weights (out, in) and biases (out) of the maps `names` into one piece of memory and replaces them in
  // `parameters` by the copies. Names, shapes, values and whether they require gradients stay.
  JointLinear(NamedTensors& parameters, const std::vector<std::string>& names);

  // Returns one of the maps, in the order of their names.
  const Linear& operator[](std::size_t index) const { return parts_.at(index); }

  // Returns the maps as one. It is not a parameter: autograd computes no gradient for it.
  const Linear& whole() const { return whole_; }

  // Maps (..., in) to (..., sum of all out) by one product. Gradients belong to the single maps, so this is for passes
  // with the kernels for inference (uses_inference_kernels), and for those of mixed_linear, which finds the gradients
  // by their memory.
  at::Tensor operator()(const at::Tensor& x) const { return whole_(x); }

 private:
  std::vector<Linear> parts_;
  Linear whole_;  // shares the memory of the parts
};

}  // namespace dppo
