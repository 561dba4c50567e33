// The passes before an update: what policy and reference say of the rows of a step.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "dist/communicator.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/rewards.h"
#include "ppo/samples.h"

namespace dppo {

struct OldOutputsOptions {
  KlPenalty penalty = KlPenalty::kKl;
  std::int64_t rows_per_pass = 1;  // of all threads together
  bool autocast = false;
  bool capture = false;  // as in PassOptions
};

// PPO compares with the old log-probabilities and values, those of the policy before the update.
struct OldOutputs {
  at::Tensor log_probs;            // (B, T-1) of the policy
  at::Tensor values;               // (B, T-1)
  at::Tensor reference_log_probs;  // (B, T-1)
  at::Tensor kl;                   // (B, T-1) penalty of the configured kind
};

// Runs policy and reference without gradients over the rows of a step. Each process, and each thread for a small model,
// computes some of the rows. Throws Error(kAborted) when cancelled.
OldOutputs compute_old_outputs(const Policy& policy, const Policy& reference, const StepRows& rows,
                               const OldOutputsOptions& options, Communicator& group);

}  // namespace dppo
