#include "model/linear.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>

#include "kernel/linear.h"

namespace dppo {

namespace {

thread_local bool same_products = false;

// The kernels have no gradients and compute in float32.
bool suits_kernels(const at::Tensor& x, const at::Tensor& weight) {
  const bool needs_gradient = at::GradMode::is_enabled() && (weight.requires_grad() || x.requires_grad());
  if (same_products && weight.scalar_type() == at::kFloat) return false;
  return !needs_gradient && weight.is_cpu() && x.scalar_type() == at::kFloat &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

}  // namespace

SameProductsScope::SameProductsScope() : previous_(same_products) { same_products = true; }

SameProductsScope::~SameProductsScope() { same_products = previous_; }

at::Tensor Linear::operator()(const at::Tensor& x) const {
  if (!suits_kernels(x, weight)) return at::linear(x, weight, bias);
  return kernel::linear_no_grad(x.contiguous(), weight, bias);
}

}  // namespace dppo
