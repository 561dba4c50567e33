// The statistics of a step under the names of TRL's PPOTrainer.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "ppo/advantages.h"
#include "ppo/batch.h"
#include "ppo/loss.h"
#include "ppo/rewards.h"
#include "ppo/rollout.h"
#include "ppo/trainer.h"

namespace dppo {

// What one minibatch contributes: scalars in a fixed order, and two tensors.
struct MinibatchStats {
  at::Tensor scalars;     // (kMinibatchNames)
  at::Tensor advantages;  // (m, T-1), 0 outside the mask
  at::Tensor ratio;       // (m, T-1), 0 outside the mask
  double policy_kl = 0.0;
};

MinibatchStats minibatch_stats(const LossInput& in, const Losses& losses, const at::Tensor& entropy);

// What the whole step knows.
struct StepRecord {
  const PpoBatch& batch;
  const PaddedBatch& padded;
  const Rollout& rollout;
  const TokenRewards& rewards;
  const std::vector<float>& scores;  // after scaling
  const std::vector<MinibatchStats>& minibatches;
  double kl_coef;
  double learning_rate;
};

// Mean over samples of the summed penalty: objective/kl.
double objective_kl(const Rollout& rollout, const at::Tensor& mask);

// Fills scalars and vectors of `result`.
void step_stats(const StepRecord& record, PpoStepResult& result);

}  // namespace dppo
