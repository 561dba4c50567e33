// The clipped surrogate and value losses of PPO (Schulman et al. 2017, eq. 7 and 9, without entropy bonus), with the
// value clipping of OpenAI's implementation, as TRL computes them.
#pragma once

#include <ATen/core/Tensor.h>

#include "ppo/config.h"

namespace dppo {

// All (m, T-1). `old_*`, advantages and returns carry no gradient.
struct LossInput {
  at::Tensor log_probs;
  at::Tensor values;
  at::Tensor old_log_probs;
  at::Tensor old_values;
  at::Tensor advantages;
  at::Tensor returns;
  at::Tensor mask;
  at::Tensor tokens;  // scalar, what the sums over the mask are divided by: its ones, or those of a larger minibatch
};

struct Losses {
  at::Tensor policy;  // scalar, differentiable
  at::Tensor value;   // scalar, differentiable, not multiplied by vf_coef
  at::Tensor total;   // policy + vf_coef * value
  at::Tensor policy_clipfrac;
  at::Tensor value_clipfrac;
  at::Tensor ratio;       // (m, T-1)
  at::Tensor mean_ratio;  // scalar
};

// Returns the losses of a minibatch, or the terms of a part of it in them.
Losses ppo_losses(const LossInput& input, const PpoConfig& config);

}  // namespace dppo
