#include "model/mixed_linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "base/error.h"
#include "base/if_defined.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local const MixedLinearScope* open_scope = nullptr;

// A layer in bfloat16 and where its gradients go; without bias or gradients, these are undefined.
struct Layer {
  at::Tensor weight, bias, weight_gradient, bias_gradient;
};

struct MixedLinearFunction : torch::autograd::Function<MixedLinearFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Layer& layer) {
    const at::Tensor input = x.to(at::kBFloat16);
    // The cast weights are not saved for the backward pass, because the next forward pass writes them again.
    context->saved_data["weight"] = layer.weight;
    context->saved_data["weight_gradient"] = layer.weight_gradient;
    context->saved_data["bias_gradient"] = layer.bias_gradient;
    context->saved_data["type"] = x.scalar_type();
    context->save_for_backward({input});
    return at::linear(input, layer.weight, if_defined(layer.bias));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled()) {
      throw Error(ErrorKind::kInternal, "a linear layer has no gradients of its gradients");
    }
    const at::Tensor gradient = gradients[0].contiguous();  // (N, out)
    const at::Tensor input = context->get_saved_variables()[0];
    at::Tensor weight_gradient = context->saved_data["weight_gradient"].toTensor();
    at::mm_out(weight_gradient, gradient.t(), input);
    const at::Tensor bias_gradient = context->saved_data["bias_gradient"].toTensor();
    if (bias_gradient.defined()) {
      // A product with ones is a faster sum of columns than libtorch's.
      at::Tensor row = bias_gradient.unsqueeze(0);
      at::mm_out(row, at::ones({1, gradient.size(0)}, gradient.options()), gradient);
    }
    const at::Tensor of_input = gradient.mm(context->saved_data["weight"].toTensor());
    return {of_input.to(context->saved_data["type"].toScalarType()), at::Tensor()};
  }
};

}  // namespace

MixedLinearScope::MixedLinearScope(const CausalLM& lm, const std::vector<at::Tensor>& gradients)
    : previous_(open_scope) {
  const NamedTensors& parameters = lm.parameters();
  const NamedTensors& cast = lm.bfloat16_copy().parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters_.emplace(parameters[i].second.const_data_ptr(),
                        Parameter{cast[i].second, gradients.empty() ? at::Tensor() : gradients[i]});
  }
  open_scope = this;
}

MixedLinearScope::~MixedLinearScope() { open_scope = previous_; }

MixedLinearScope::Parameter MixedLinearScope::Parameter::like(const at::Tensor& of) const {
  const auto part = [&of](const at::Tensor& x) {
    return x.defined() ? x.as_strided(of.sizes(), of.strides(), x.storage_offset()) : x;
  };
  return {part(cast), part(gradient)};
}

MixedLinearScope::Parameter MixedLinearScope::find(const at::Tensor& parameter) const {
  if (!parameter.defined()) return {};
  const auto found = parameters_.find(parameter.const_data_ptr());
  if (found == parameters_.end()) throw Error(ErrorKind::kInternal, "a linear layer has weights that the model lacks");
  return found->second.like(parameter);
}

bool has_mixed_linear() { return open_scope != nullptr; }

at::Tensor mixed_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto own_weight = open_scope->find(weight), own_bias = open_scope->find(bias);
  const Layer layer{own_weight.cast, own_bias.cast, own_weight.gradient, own_bias.gradient};
  return MixedLinearFunction::apply(x, layer);
}

}  // namespace dppo
