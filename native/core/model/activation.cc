#include "model/activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include "base/error.h"

namespace dppo {

std::optional<Activation> find_activation(std::string_view name) {
  // Further names of the same formulas.
  if (name == "gelu_python") return Activation::kGelu;
  if (name == "gelu_pytorch_tanh" || name == "gelu_accurate" || name == "gelu_fast") return Activation::kGeluNew;
  if (name == "swish") return Activation::kSilu;
  return find_enum<Activation>(name);
}

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kRelu: return at::relu(x);
    case Activation::kGelu: return at::gelu(x, "none");
    case Activation::kGeluNew: return at::gelu(x, "tanh");
    case Activation::kSilu: return at::silu(x);
    case Activation::kTanh: return at::tanh(x);
  }
  throw Error(ErrorKind::kInternal, "an unknown activation");
}

}  // namespace dppo
