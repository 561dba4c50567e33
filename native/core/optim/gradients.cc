#include "optim/gradients.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "base/error.h"

namespace dppo {

void reduce_gradients(const NamedTensors& /*parameters*/) {}

double gradient_norm(const NamedTensors& parameters) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> norms;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.grad().defined()) norms.push_back(at::linalg_vector_norm(tensor.grad()).to(at::kDouble));
  }
  if (norms.empty()) return 0.0;
  const double norm = at::linalg_vector_norm(at::stack(norms)).item<double>();
  if (std::isfinite(norm)) return norm;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.grad().defined() && !tensor.grad().isfinite().all().item<bool>()) {
      throw Error(ErrorKind::kInternal, "the gradient of " + name + " is not finite; lower the learning rate");
    }
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

double apply_gradients(Adam& optimizer, double learning_rate, std::optional<double> max_norm) {
  struct ClearAtExit {
    Adam& optimizer;
    ~ClearAtExit() { optimizer.zero_grad(); }
  } const clear{optimizer};
  const NamedTensors& parameters = optimizer.parameters();
  reduce_gradients(parameters);
  const double norm = gradient_norm(parameters);
  if (max_norm) clip_gradients(parameters, norm, *max_norm);
  optimizer.step(learning_rate);
  return norm;
}

}  // namespace dppo
