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
#include "optim/tensor_ranges.h"

namespace dppo {

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, tensor] : parameters_) {
    first_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
    second_.push_back(at::zeros_like(tensor, at::TensorOptions().requires_grad(false)));
  }
}

// The arguments of one fused update.
struct Adam::TensorLists {
  std::vector<at::Tensor> weights, gradients, first, second, steps;
};

namespace {

// The fused update walks through memory, so a gradient must be laid out as its weight.
at::Tensor laid_out_as(const at::Tensor& gradient, const at::Tensor& weight) {
  return gradient.strides() == weight.strides() ? gradient : at::empty_like(weight).copy_(gradient);
}

// Returns the number of a step as the fused update takes it.
at::Tensor step_tensor(std::int64_t step, const at::Tensor& weight) {
  return at::full({}, static_cast<double>(step), weight.options().dtype(at::kFloat).requires_grad(false));
}

}  // namespace

bool Adam::decays(const at::Tensor& weight) const {
  return options_.decoupled && (!options_.decay_matrices_only || weight.dim() > 1);
}

void Adam::append(TensorLists& lists, std::size_t index, const at::Tensor& step) const {
  const at::Tensor& weight = parameters_[index].second;
  lists.weights.push_back(weight);
  lists.gradients.push_back(laid_out_as(weight.grad(), weight));
  lists.first.push_back(first_[index]);
  lists.second.push_back(second_[index]);
  lists.steps.push_back(step);
}

// AdamW without decay is Adam.
void Adam::fused_update(const TensorLists& lists, bool decays, double learning_rate) const {
  const double weight_decay = decays ? options_.weight_decay : 0.0;
  parallel_ranges(tensor_ranges(lists.weights), [&](std::size_t, const Range& range) {
    const auto own = [&range](const std::vector<at::Tensor>& tensors) {
      return at::TensorList(tensors).slice(static_cast<std::size_t>(range.begin),
                                           static_cast<std::size_t>(range.size()));
    };
    at::_fused_adamw_(own(lists.weights), own(lists.gradients), own(lists.first), own(lists.second),
                      /*max_exp_avg_sqs=*/{}, own(lists.steps), learning_rate, options_.beta1, options_.beta2,
                      weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
  });
}

void Adam::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  TensorLists decayed, undecayed;
  at::Tensor next_step;  // the same for all
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& weight = parameters_[i].second;
    if (!weight.grad().defined()) continue;
    if (!next_step.defined()) next_step = step_tensor(steps_ + 1, weight);
    append(decays(weight) ? decayed : undecayed, i, next_step);
  }
  // Last, because from here on weights move.
  ++steps_;
  fused_update(decayed, /*decays=*/true, learning_rate);
  fused_update(undecayed, /*decays=*/false, learning_rate);
}

void Adam::step_parameter(std::size_t index, std::int64_t step, double learning_rate) {
  const at::NoGradGuard no_grad;
  const at::Tensor& weight = parameters_[index].second;
  TensorLists lists;
  append(lists, index, step_tensor(step, weight));
  // Last, because from here on the weight moves.
  steps_ = step;
  fused_update(lists, decays(weight), learning_rate);
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
