// The passes before an update: what policy and reference say of the rows of a step.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "base/cancel.h"
#include "dist/communicator.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/rewards.h"
#include "ppo/samples.h"

namespace dppo {

struct RolloutOptions {
  KlPenalty penalty = KlPenalty::kKl;
  bool autocast = false;
  bool records = false;  // as in PassOptions
};

struct Rollout {
  at::Tensor log_probs;            // (B, T-1) of the policy
  at::Tensor values;               // (B, T-1)
  at::Tensor reference_log_probs;  // (B, T-1)
  at::Tensor kl;                   // (B, T-1) penalty of the configured kind
};

// Runs policy and reference without gradients over chunks of `chunk` rows, those of all threads together. Each process,
// and each thread for a small model, computes a share of the rows. Throws Error(kAborted) when cancelled.
Rollout roll_out(const Policy& policy, const Policy& reference, const StepRows& rows, std::int64_t chunk,
                 const RolloutOptions& options, Communicator& group, const CancelFlag* cancel);

}  // namespace dppo
