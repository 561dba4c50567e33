#include "base/modes.h"

// Includes every operator, so no other file of the core includes it.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace dppo {

namespace autocast = at::autocast;

AutocastScope::AutocastScope(bool enabled, c10::DeviceType device) : enabled_(enabled), device_(device) {
  if (!enabled_) return;
  previous_ = autocast::is_autocast_enabled(device_);
  previous_dtype_ = autocast::get_autocast_dtype(device_);
  autocast::set_autocast_enabled(device_, true);
  autocast::set_autocast_dtype(device_, c10::ScalarType::BFloat16);
  autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!enabled_) return;
  // The outermost scope drops the casted copies of the weights.
  if (autocast::decrement_nesting() == 0) autocast::clear_cache();
  autocast::set_autocast_enabled(device_, previous_);
  autocast::set_autocast_dtype(device_, previous_dtype_);
}

// Threads that share the work of a CPU must not write the setting side by side.
CudnnAttentionScope::CudnnAttentionScope(bool allowed, c10::DeviceType device) {
  if (device != c10::DeviceType::CUDA) return;
  previous_ = at::globalContext().userEnabledCuDNNSDP();
  at::globalContext().setSDPUseCuDNN(allowed);
}

CudnnAttentionScope::~CudnnAttentionScope() {
  if (previous_) at::globalContext().setSDPUseCuDNN(*previous_);
}

ThreadCountScope::ThreadCountScope(int threads) : previous_(at::get_num_threads()) { at::set_num_threads(threads); }

ThreadCountScope::~ThreadCountScope() { at::set_num_threads(previous_); }

bool is_autocast(c10::DeviceType device) { return autocast::is_autocast_enabled(device); }

bool records_float32_on_cpu(std::initializer_list<at::Tensor> tensors) {
  const auto fits = [](const at::Tensor& x) { return !x.defined() || (x.is_cpu() && x.scalar_type() == at::kFloat); };
  const auto requires_gradient = [](const at::Tensor& x) { return x.defined() && x.requires_grad(); };
  return at::GradMode::is_enabled() && !is_autocast(at::kCPU) && std::ranges::all_of(tensors, fits) &&
         std::ranges::any_of(tensors, requires_gradient);
}

}  // namespace dppo
