// The statistics of a step under the names of TRL's PPOTrainer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "ppo/loss.h"
#include "ppo/step.h"

namespace dppo {

// What one minibatch contributes.
struct MinibatchStats {
  std::vector<const char*> names;  // of the scalars, the same for each minibatch
  at::Tensor scalars;              // (names) float64, on the CPU
  at::Tensor advantages;           // (m, T-1), 0 outside the mask
  at::Tensor ratio;                // (m, T-1), 0 outside the mask
  double policy_kl = 0.0;
};

// What is recorded in all epochs of an update.
struct UpdateStats {
  std::vector<MinibatchStats> minibatches;
  std::vector<double> gradient_norms;  // one per optimizer step, before clipping
  std::int64_t skipped = 0;            // minibatches whose mean ratio exceeded the threshold
  std::vector<double> ptx_losses;      // nats a token, one per minibatch that was used; empty without ptx_coef
  std::int64_t parts = 1;              // in which the last minibatches were computed
};

// Adds what the minibatches of `added` contribute to `update`.
void append(UpdateStats& update, const UpdateStats& added);

// The scalars of a minibatch. The first kLossScalars are its losses.
constexpr std::int64_t kLossScalars = 3;
struct MinibatchScalars {
  std::vector<const char*> names;
  at::Tensor values;  // (names) float64
};

MinibatchScalars minibatch_scalars(const LossInput& in, const Losses& losses, const at::Tensor& entropy);

// Returns the statistics with these scalars, which are read from their device, and without the tensors of each token.
MinibatchStats make_stats(const MinibatchScalars& scalars);

MinibatchStats minibatch_stats(const LossInput& in, const Losses& losses, const at::Tensor& entropy);

// Returns the mean over samples of the summed penalty: objective/kl.
double objective_kl(const OldOutputs& old, const at::Tensor& mask);

// Fills the scalars, vectors and gradient norms of `result`.
void step_stats(const StepData& data, const UpdateStats& update, PpoStepResult& result);

}  // namespace dppo
