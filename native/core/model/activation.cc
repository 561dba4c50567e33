#include "model/activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <algorithm>

namespace dppo {

std::string canonical_activation(const std::string& name) {
  // Names of the same formula.
  if (name == "gelu_python") return "gelu";
  if (name == "gelu_pytorch_tanh" || name == "gelu_accurate" || name == "gelu_fast") return "gelu_new";
  if (name == "swish") return "silu";
  return std::ranges::find(kActivations, name) == kActivations.end() ? "" : name;
}

at::Tensor activate(const std::string& name, const at::Tensor& x) {
  if (name == "relu") return at::relu(x);
  if (name == "silu") return at::silu(x);
  if (name == "tanh") return at::tanh(x);
  return at::gelu(x, name == "gelu_new" ? "tanh" : "none");
}

}  // namespace dppo
