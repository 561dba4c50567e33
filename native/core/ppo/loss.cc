#include "ppo/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>

namespace dppo {

Losses ppo_losses(const LossInput& in, const PpoConfig& config) {
  const auto mean = [&in](const at::Tensor& x) { return (x * in.mask).sum() / in.tokens; };
  const at::Tensor clipped_values =
      at::max(at::min(in.values, in.old_values + config.cliprange_value), in.old_values - config.cliprange_value);
  const at::Tensor plain_error = (in.values - in.returns).square();
  const at::Tensor clipped_error = (clipped_values - in.returns).square();

  const at::Tensor ratio = (in.log_probs - in.old_log_probs).exp();
  const at::Tensor plain_gain = -in.advantages * ratio;
  const at::Tensor clipped_gain = -in.advantages * ratio.clamp(1.0 - config.cliprange, 1.0 + config.cliprange);

  Losses losses;
  losses.value = 0.5 * mean(at::max(plain_error, clipped_error));
  losses.policy = mean(at::max(plain_gain, clipped_gain));
  losses.total = losses.policy + config.vf_coef * losses.value;
  // Strict comparisons: a tie counts as not clipped.
  losses.value_clipfrac = mean(clipped_error.gt(plain_error).to(in.mask.scalar_type()));
  losses.policy_clipfrac = mean(clipped_gain.gt(plain_gain).to(in.mask.scalar_type()));
  losses.ratio = ratio;
  losses.mean_ratio = mean(ratio);
  return losses;
}

}  // namespace dppo
