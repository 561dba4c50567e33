// Next-token training of a policy's language model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "model/policy.h"

namespace dppo {

struct LmConfig {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.1;  // AdamW, on matrices only
  double max_grad_norm = 1.0;
  std::int64_t warmup_steps = 100;
  std::int64_t total_steps = 1000;  // cosine from learning_rate to min_learning_rate after the warm-up
  double min_learning_rate = 1e-4;
  bool autocast_bf16 = false;
  double dropout = 0.0;    // on embeddings and on what each block adds
  std::uint64_t seed = 0;  // of dropout, together with the number of the step
};

struct LmStepResult {
  double loss = 0.0;  // nats per predicted token
  double gradient_norm = 0.0;
  double learning_rate = 0.0;
  std::int64_t tokens = 0;
};

class LmTrainer {
 public:
  LmTrainer(std::shared_ptr<Policy> policy, const LmConfig& config);
  ~LmTrainer();

  // Rows of token ids, right-padded here; every token but a row's first is predicted, save those whose `loss_masks`
  // entry is 0 (empty: all count). One optimizer step on the mean over all predicted tokens, at `learning_rate` when
  // given, else at the schedule's.
  LmStepResult step(const std::vector<std::vector<std::int64_t>>& rows,
                    const std::vector<std::vector<std::uint8_t>>& loss_masks = {}, const CancelFlag* cancel = nullptr,
                    std::optional<double> learning_rate = std::nullopt);

  void save_state(const std::string& dir) const;
  void load_state(const std::string& dir);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dppo
