#include "optim/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "kernel/sum.h"

namespace dppo {

void reduce_gradients(const NamedTensors& parameters, Communicator& group) {
  if (group.size() == 1 || parameters.empty()) return;
  const at::NoGradGuard no_grad;
  // The last entries count, for each parameter, the processes that have a gradient.
  const std::int64_t total = static_cast<std::int64_t>(parameters.size()) + total_numel(parameters);
  at::Tensor buffer = at::zeros({total}, parameters.front().second.options().requires_grad(false));
  const auto holders = buffer.narrow(0, total - static_cast<std::int64_t>(parameters.size()),
                                     static_cast<std::int64_t>(parameters.size()));
  const auto each = [&](const auto& visit) {
    std::int64_t start = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const at::Tensor& tensor = parameters[i].second;
      visit(tensor, buffer.narrow(0, start, tensor.numel()).view(tensor.sizes()), static_cast<std::int64_t>(i));
      start += tensor.numel();
    }
  };
  each([&](const at::Tensor& tensor, const at::Tensor& part, std::int64_t i) {
    if (!tensor.grad().defined()) return;
    part.copy_(tensor.grad());
    holders[i].fill_(1.0);
  });
  group.sum(buffer);
  const at::Tensor held = holders.cpu();
  each([&](const at::Tensor& tensor, const at::Tensor& part, std::int64_t i) {
    if (held[i].item<double>() == 0.0) return;
    if (tensor.grad().defined()) {
      tensor.grad().copy_(part);
    } else {
      tensor.mutable_grad() = part.clone();
    }
  });
}

double sum_of_squares(const at::Tensor& gradient) {
  // The order of the elements does not matter, so that of the memory will do.
  const at::Tensor flat = gradient.dim() == 2 && !gradient.is_contiguous() ? gradient.t() : gradient;
  const bool suits_kernel = flat.is_cpu() && flat.scalar_type() == at::kFloat && flat.is_contiguous();
  if (suits_kernel) return kernel::sum_of_squares(flat);
  return std::pow(at::linalg_vector_norm(flat).item<double>(), 2);
}

void throw_nonfinite_gradient(const std::string& parameter) {
  throw Error(ErrorKind::kInternal, "the gradient of " + parameter + " is not finite; lower the learning rate");
}

namespace {

// Returns the norm of all gradients on a device other than the CPU, which is asked for one number only.
double norm_on_device(const std::vector<at::Tensor>& gradients) {
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)).to(at::kDouble)).item<double>();
}

double norm_of(const std::vector<at::Tensor>& gradients) {
  if (!gradients.empty() && !gradients.front().is_cpu()) return norm_on_device(gradients);
  double squares = 0.0;
  for (const at::Tensor& gradient : gradients) squares += sum_of_squares(gradient);
  return std::sqrt(squares);
}

}  // namespace

double gradient_norm(const NamedTensors& parameters) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.grad().defined()) gradients.push_back(tensor.grad());
  }
  const double norm = norm_of(gradients);
  if (std::isfinite(norm)) return norm;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.grad().defined() && !tensor.grad().isfinite().all().item<bool>()) throw_nonfinite_gradient(name);
  }
  throw Error(ErrorKind::kInternal, "the gradient norm is not finite; lower the learning rate");
}

void clip_gradients(const NamedTensors& parameters, double norm, double max_norm) {
  const at::NoGradGuard no_grad;
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1.0) return;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.grad().defined()) tensor.grad().mul_(factor);
  }
}

double apply_gradients(Adam& optimizer, double learning_rate, std::optional<double> max_norm, Communicator& group) {
  const ClearGradients clear(optimizer);
  const NamedTensors& parameters = optimizer.parameters();
  reduce_gradients(parameters, group);
  const double norm = gradient_norm(parameters);
  if (max_norm) clip_gradients(parameters, norm, *max_norm);
  optimizer.step(learning_rate);
  return norm;
}

}  // namespace dppo
