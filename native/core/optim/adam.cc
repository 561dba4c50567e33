#include "optim/adam.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <map>

#include "base/error.h"

namespace dppo {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, tensor] : parameters_) {
    first_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
    second_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
  }
}

void Adam::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  const double correction1 = 1.0 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = std::sqrt(1.0 - std::pow(options_.beta2, static_cast<double>(steps_)));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor weight = parameters_[i].second;
    const at::Tensor gradient = weight.grad();
    if (!gradient.defined()) continue;
    const bool decays = options_.decoupled && (!options_.decay_matrices_only || weight.dim() > 1);
    if (decays) weight.mul_(1.0 - learning_rate * options_.weight_decay);
    first_[i].lerp_(gradient, 1.0 - options_.beta1);
    second_[i].mul_(options_.beta2).addcmul_(gradient, gradient, 1.0 - options_.beta2);
    const at::Tensor denominator = second_[i].sqrt().div_(correction2).add_(options_.eps);
    weight.addcdiv_(first_[i], denominator, -learning_rate / correction1);
  }
}

void Adam::zero_grad() {
  for (auto& [name, tensor] : parameters_) tensor.mutable_grad().reset();
}

NamedTensors Adam::state() const {
  NamedTensors state{{"adam.steps", at::tensor(std::vector<std::int64_t>{steps_})}};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back("adam.m." + parameters_[i].first, first_[i]);
    state.emplace_back("adam.v." + parameters_[i].first, second_[i]);
  }
  return state;
}

void Adam::load_state(const NamedTensors& state) {
  const std::map<std::string, at::Tensor> table(state.begin(), state.end());
  const auto entry = [&table](const std::string& name, at::IntArrayRef shape) {
    const auto found = table.find(name);
    if (found == table.end() || found->second.sizes() != shape) {
      throw Error(ErrorKind::kCheckpointFormat, "the optimizer state lacks " + name + " of the model's shape");
    }
    return found->second;
  };
  steps_ = entry("adam.steps", {1}).item<std::int64_t>();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, tensor] = parameters_[i];
    first_[i].copy_(entry("adam.m." + name, tensor.sizes()));
    second_[i].copy_(entry("adam.v." + name, tensor.sizes()));
  }
}

}  // namespace dppo
