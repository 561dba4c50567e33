// What one PPO step computes before its update, and what it returns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ppo/advantages.h"
#include "ppo/batch.h"
#include "ppo/old_outputs.h"
#include "ppo/rewards.h"

namespace dppo {

// The data that all epochs of an update train on.
struct StepData {
  const PpoBatch& batch;
  StepRows rows;
  std::vector<float> scores;  // after scaling and clipping
  OldOutputs old;             // before the update
  TokenRewards rewards;
  Advantages advantages;
  double kl_coef = 0.0;        // before the update
  double learning_rate = 0.0;  // of the update
};

struct PpoStepResult {
  std::vector<std::pair<std::string, double>> stats;               // scalars under TRL's names
  std::vector<std::pair<std::string, std::vector<float>>> arrays;  // vectors under TRL's names, row-major
  std::vector<double> gradient_norms;                              // one per optimizer step, before clipping
  double kl_coef = 0.0;                                            // after the update
  double learning_rate = 0.0;                                      // after the update
};

}  // namespace dppo
