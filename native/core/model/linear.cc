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

thread_local bool same_products = false;

// What computes a product.
enum class Backend {
  kLibrary,
  kMixed,       // in bfloat16, with gradients that libtorch does not see
  kNoGradient,  // the kernels for products without gradients
  kOwnProduct,  // the product that also has gradients; with SameProductsScope also where none is needed
};

bool suits_product(const at::Tensor& x, const at::Tensor& weight) {
  static const bool preferred = kernel::prefers_own_product();
  return preferred && x.dim() == 2 && weight.scalar_type() == at::kFloat;
}

// The kernels compute in float32.
Backend backend_for(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (has_mixed_linear()) return Backend::kMixed;
  const bool suits_kernels = weight.is_cpu() && x.scalar_type() == at::kFloat && !is_autocast(at::kCPU);
  if (!suits_kernels) return Backend::kLibrary;
  const bool needs_gradient = at::GradMode::is_enabled() &&
                              (weight.requires_grad() || x.requires_grad() || (bias.defined() && bias.requires_grad()));
  const bool same = same_products && weight.scalar_type() == at::kFloat;
  if (!needs_gradient && !same) return Backend::kNoGradient;
  return suits_product(x, weight) ? Backend::kOwnProduct : Backend::kLibrary;
}

bool is_fused(const Linear& linear, const at::Tensor& x) {
  return x.is_cuda() && x.scalar_type() == linear.weight.scalar_type() && !is_autocast(at::kCUDA) &&
         allows_other_products();
}

}  // namespace

SameProductsScope::SameProductsScope() : previous_(same_products) { same_products = true; }

SameProductsScope::~SameProductsScope() { same_products = previous_; }

bool allows_other_products() { return !at::GradMode::is_enabled() && !same_products; }

at::Tensor Linear::operator()(const at::Tensor& x) const {
  check_cancelled();
  switch (backend_for(x, weight, bias)) {
    case Backend::kMixed: return mixed_linear(x, weight, bias);
    case Backend::kLibrary: return at::linear(x, weight, bias);
    case Backend::kOwnProduct: return linear_with_gradient(x, weight, bias);
    case Backend::kNoGradient: break;
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
