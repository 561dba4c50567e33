#include "ppo/advantages.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros_like.h>

#include "ppo/masked.h"

namespace dppo {

namespace {

// Returns A_t = delta_t + gamma lam A_{t+1} with delta_t = r_t + gamma V_{t+1} - V_t, (B, T-1).
at::Tensor discounted_sums(const at::Tensor& rewards, const at::Tensor& values, const PpoConfig& config) {
  // On the CPU whatever the device: a loop over columns would be thousands of tiny kernels.
  const at::Tensor r = rewards.to(at::kCPU, at::kDouble).contiguous();
  const at::Tensor v = values.to(at::kCPU, at::kDouble).contiguous();
  at::Tensor sums = at::zeros_like(r);
  const auto reward = r.accessor<double, 2>();
  const auto value = v.accessor<double, 2>();
  auto sum = sums.accessor<double, 2>();
  for (std::int64_t b = 0; b < r.size(0); ++b) {
    double next_sum = 0.0;
    double next_value = 0.0;
    for (std::int64_t t = r.size(1) - 1; t >= 0; --t) {
      const double delta = reward[b][t] + config.gamma * next_value - value[b][t];
      next_sum = delta + config.gamma * config.lam * next_sum;
      next_value = value[b][t];
      sum[b][t] = next_sum;
    }
  }
  return sums.to(rewards.options());
}

}  // namespace

Advantages estimate_advantages(const at::Tensor& rewards, const at::Tensor& values, const at::Tensor& mask,
                               const PpoConfig& config) {
  const at::Tensor masked_values = values * mask;
  at::Tensor masked_rewards = rewards * mask;
  if (config.whiten_rewards) {
    masked_rewards = masked_whiten(masked_rewards, mask, /*keep_mean=*/true);
    // Whitening turns the zeros outside the mask into a constant that would flow back into the response.
    if (!config.trl_parity) masked_rewards = masked_rewards * mask;
  }
  const at::Tensor advantages = discounted_sums(masked_rewards, masked_values, config);
  return {masked_values, advantages + masked_values, masked_whiten(advantages, mask, /*keep_mean=*/false)};
}

}  // namespace dppo
