// Classic PPO for language models with a per-token KL penalty against a frozen reference.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "model/policy.h"
#include "ppo/config.h"

namespace dppo {

struct PpoBatch {
  std::vector<std::vector<std::int64_t>> queries;         // B rows, each at least one token
  std::vector<std::vector<std::int64_t>> responses;       // B rows, each at least one token
  std::vector<float> scores;                              // B
  std::vector<std::vector<std::uint8_t>> response_masks;  // empty, or B rows of |response| zeros and ones
  std::vector<std::vector<std::int64_t>> permutations;    // empty, or one order of the batch per PPO epoch
};

struct PpoStepResult {
  std::vector<std::pair<std::string, double>> stats;               // scalars under TRL's names
  std::vector<std::pair<std::string, std::vector<float>>> arrays;  // vectors under TRL's names, row-major
  std::vector<double> gradient_norms;                              // one per optimizer step, before clipping
  double kl_coef = 0.0;                                            // after the update
  double learning_rate = 0.0;                                      // after the update
};

class PpoTrainer {
 public:
  // `reference` may be the policy itself (its KL is then zero). Throws Error(kConfig).
  PpoTrainer(std::shared_ptr<Policy> policy, std::shared_ptr<Policy> reference, const PpoConfig& config);
  ~PpoTrainer();

  // (minibatches done, minibatches in all)
  using Progress = std::function<void(std::int64_t, std::int64_t)>;

  PpoStepResult step(const PpoBatch& batch, const CancelFlag* cancel = nullptr, const Progress& progress = {});

  // Optimizer, controller, running moments, schedule, random state as safetensors in an existing folder.
  // The policy's weights are not part of it; the caller saves them with save_policy.
  void save_state(const std::string& dir) const;
  void load_state(const std::string& dir);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dppo
