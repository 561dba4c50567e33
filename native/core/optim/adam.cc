#include "optim/adam.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <map>

#include "base/error.h"
#include "base/parallel.h"
#include "optim/tensor_shares.h"

namespace dppo {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, tensor] : parameters_) {
    first_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
    second_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
  }
}

namespace {

// What one fused call updates.
struct Group {
  std::vector<at::Tensor> weights, gradients, first, second, steps;
};

void update(const Group& group, const AdamOptions& options, double learning_rate, double weight_decay) {
  parallel_shares(tensor_shares(group.weights), [&](std::size_t, const Share& share) {
    const auto own = [&share](const std::vector<at::Tensor>& tensors) {
      return at::TensorList(tensors).slice(static_cast<std::size_t>(share.first),
                                           static_cast<std::size_t>(share.size()));
    };
    at::_fused_adamw_(own(group.weights), own(group.gradients), own(group.first), own(group.second),
                      /*max_exp_avg_sqs=*/{}, own(group.steps), learning_rate, options.beta1, options.beta2,
                      weight_decay, options.eps, /*amsgrad=*/false, /*maximize=*/false);
  });
}

// The fused update walks through memory, so a gradient must be laid out as its weight.
at::Tensor laid_out_as(const at::Tensor& gradient, const at::Tensor& weight) {
  return gradient.strides() == weight.strides() ? gradient : at::empty_like(weight).copy_(gradient);
}

}  // namespace

void Adam::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  const std::int64_t number = steps_ + 1;
  Group decaying, undecayed;
  at::Tensor steps;  // the same for all
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& weight = parameters_[i].second;
    if (!weight.grad().defined()) continue;
    if (!steps.defined()) steps = at::full({}, static_cast<double>(number), weight.options().dtype(at::kFloat));
    const bool decays = options_.decoupled && (!options_.decay_matrices_only || weight.dim() > 1);
    Group& group = decays ? decaying : undecayed;
    group.weights.push_back(weight);
    group.gradients.push_back(laid_out_as(weight.grad(), weight));
    group.first.push_back(first_[i]);
    group.second.push_back(second_[i]);
    group.steps.push_back(steps);
  }
  // From here on weights move. Until then, a step that runs out of memory has not happened.
  steps_ = number;
  // AdamW without decay is Adam.
  update(decaying, options_, learning_rate, options_.weight_decay);
  update(undecayed, options_, learning_rate, 0.0);
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

namespace {

void check_moment(const at::Tensor& stored, const std::string& name) {
  if (stored.is_floating_point() && stored.isfinite().all().item<bool>()) return;
  throw Error(ErrorKind::kCheckpointFormat, name + " has a value that is not finite");
}

}  // namespace

void Adam::load_state(const NamedTensors& state, const std::string& where) {
  const std::map<std::string, at::Tensor> table(state.begin(), state.end());
  const auto entry = [&table, &where](const std::string& name, at::IntArrayRef shape) {
    const auto found = table.find(name);
    if (found == table.end() || found->second.sizes() != shape) {
      throw Error(ErrorKind::kCheckpointFormat, where + " lacks " + name + " of the model's shape");
    }
    return found->second;
  };
  // Everything is checked before anything changes.
  const at::Tensor steps = entry("adam.steps", {1});
  if (steps.scalar_type() != at::kLong || steps.item<std::int64_t>() < 0) {
    throw Error(ErrorKind::kCheckpointFormat, where + " has no count of the optimizer's steps");
  }
  for (const auto& [name, tensor] : parameters_) {
    for (const std::string moment : {"adam.m.", "adam.v."}) {
      check_moment(entry(moment + name, tensor.sizes()), where + ": " + moment + name);
    }
  }
  steps_ = steps.item<std::int64_t>();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, tensor] = parameters_[i];
    first_[i].copy_(entry("adam.m." + name, tensor.sizes()));
    second_[i].copy_(entry("adam.v." + name, tensor.sizes()));
  }
}

}  // namespace dppo
