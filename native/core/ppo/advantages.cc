#include "ppo/advantages.h"

#include <ATen/ATen.h>

#include "ppo/masked.h"

namespace dppo {

Advantages estimate_advantages(const at::Tensor& rewards, const at::Tensor& values, const at::Tensor& mask,
                               const PpoConfig& config) {
  const at::Tensor masked_values = values * mask;
  at::Tensor masked_rewards = rewards * mask;
  if (config.whiten_rewards) {
    masked_rewards = masked_whiten(masked_rewards, mask, /*keep_mean=*/true);
    // Whitening turns the zeros outside the mask into a constant that would flow back into the response.
    if (!config.trl_parity) masked_rewards = masked_rewards * mask;
  }
  const std::int64_t columns = rewards.size(1);
  at::Tensor next_advantage = at::zeros_like(rewards.select(1, 0));  // (B)
  at::Tensor next_value = next_advantage;
  std::vector<at::Tensor> reversed;
  for (std::int64_t t = columns - 1; t >= 0; --t) {
    const at::Tensor value = masked_values.select(/*dim=*/1, t);
    const at::Tensor delta = masked_rewards.select(/*dim=*/1, t) + config.gamma * next_value - value;
    next_advantage = delta + config.gamma * config.lam * next_advantage;
    next_value = value;
    reversed.push_back(next_advantage);
  }
  const at::Tensor advantages = at::stack(reversed, /*dim=*/1).flip({1});
  return {masked_values, advantages + masked_values, masked_whiten(advantages, mask, /*keep_mean=*/false)};
}

}  // namespace dppo
