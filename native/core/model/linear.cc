#include "model/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_addmm_activation.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>

#include "base/cancel.h"
#include "base/modes.h"
#include "kernel/level.h"
#include "kernel/linear.h"
#include "model/dropout.h"
#include "model/linear_gradient.h"
#include "model/mixed_linear.h"

namespace dppo {

namespace {

thread_local bool training_kernels = false;

// What computes a product.
enum class Backend {
  kAten,
  kMixed,      // in bfloat16, with gradients that autograd does not see
  kInference,  // our kernels for products without gradients
  kTraining,   // linear_with_gradient
};

// The kernels compute in float32.
Backend backend_for(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (has_mixed_linear()) return Backend::kMixed;
  const bool suits_kernels = weight.is_cpu() && x.scalar_type() == at::kFloat && !is_autocast(at::kCPU);
  if (!suits_kernels) return Backend::kAten;
  const bool needs_gradient = at::GradMode::is_enabled() &&
                              (weight.requires_grad() || x.requires_grad() || (bias.defined() && bias.requires_grad()));
  const bool trains = needs_gradient || (training_kernels && weight.scalar_type() == at::kFloat);
  if (!trains) return Backend::kInference;
  return x.dim() == 2 && weight.scalar_type() == at::kFloat ? Backend::kTraining : Backend::kAten;
}

bool is_fused(const Linear& linear, const at::Tensor& x) {
  return x.is_cuda() && x.scalar_type() == linear.weight.scalar_type() && !is_autocast(at::kCUDA) &&
         uses_inference_kernels();
}

}  // namespace

TrainingKernelsScope::TrainingKernelsScope() : previous_(training_kernels) { training_kernels = true; }

TrainingKernelsScope::~TrainingKernelsScope() { training_kernels = previous_; }

bool uses_inference_kernels() { return !at::GradMode::is_enabled() && !training_kernels; }

at::Tensor Linear::operator()(const at::Tensor& x) const {
  check_cancelled();
  switch (backend_for(x, weight, bias)) {
    case Backend::kMixed: return mixed_linear(x, weight, bias);
    case Backend::kAten: return at::linear(x, weight, bias);
    case Backend::kTraining: return linear_with_gradient(x, weight, bias);
    case Backend::kInference: break;
  }
  return kernel::linear_no_grad(x.contiguous(), weight, bias);
}

at::Tensor add_linear(const at::Tensor& h, const Linear& linear, const at::Tensor& x) {
  const bool fused = is_fused(linear, x) && !linear.bias.defined() && h.scalar_type() == x.scalar_type();
  return fused ? at::addmm(h, x, linear.weight.t()) : h + apply_dropout(linear(x));
}

at::Tensor relu_linear(const Linear& linear, const at::Tensor& x) {
  const bool fused = is_fused(linear, x) && linear.bias.defined();
  return fused ? at::_addmm_activation(linear.bias, x, linear.weight.t()) : at::relu(linear(x));
}

}  // namespace dppo
