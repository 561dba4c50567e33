// Next-token training of a policy's language model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/options.h"
#include "dist/communicator.h"
#include "model/policy.h"
#include "model/token_rows.h"

namespace dppo {

// An option is a member and its line in visit_options.
struct LmConfig {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.1;   // AdamW, on matrices only
  double max_grad_norm = 1.0;  // 0: gradients are not clipped
  std::int64_t warmup_steps = 100;
  std::optional<std::int64_t> total_steps = 1000;  // the cosine after the warm-up ends here
  std::optional<double> min_learning_rate;         // at the end; a tenth of learning_rate when absent
  bool autocast_bf16 = false;
  double dropout = 0.0;    // on embeddings and on the output of each block, 0 to 0.9
  std::uint64_t seed = 0;  // of dropout, together with the number of the step
};

// As base/options.h says.
template <OptionsOf<LmConfig> Config, typename Visitor>
void visit_options(Config& config, Visitor&& visit) {
  const Bounds not_negative{.min = 0};
  visit("learningRate", config.learning_rate, Bounds{.above = 0});
  visit("beta1", config.beta1, Bounds{.min = 0, .below = 1});
  visit("beta2", config.beta2, Bounds{.min = 0, .below = 1});
  visit("eps", config.eps, Bounds{.above = 0});
  visit("weightDecay", config.weight_decay, not_negative);
  visit("maxGradNorm", config.max_grad_norm, not_negative);
  visit("warmupSteps", config.warmup_steps, not_negative);
  visit("totalSteps", config.total_steps, Bounds{.min = 1});
  visit("minLearningRate", config.min_learning_rate, not_negative);
  visit("autocastBf16", config.autocast_bf16);
  visit("dropout", config.dropout, Bounds{.min = 0, .max = 0.9});
  visit("seed", config.seed, not_negative);
}

// The length of a training run as it is known at one step.
struct LmPlan {
  std::int64_t warmup_steps = 0;
  std::optional<std::int64_t> total_steps;  // while it is unknown, the rate stays at its peak after the warm-up
};

// As base/options.h says.
template <OptionsOf<LmPlan> Plan, typename Visitor>
void visit_options(Plan& plan, Visitor&& visit) {
  visit("warmupSteps", plan.warmup_steps, Bounds{.min = 0});
  visit("totalSteps", plan.total_steps, Bounds{.min = 1});
}

struct LmStepResult {
  double loss = 0.0;           // nats per predicted token, before the update
  double gradient_norm = 0.0;  // before clipping
  double learning_rate = 0.0;  // of this update
  std::int64_t tokens = 0;     // predicted ones
  std::int64_t parts = 1;      // in which the rows were computed; more after memory was exhausted
};

class LmTrainer {
 public:
  // Processes of a `group` share the rows of each step; the result is that of a single process, up to the order of
  // sums. Throws Error(kConfig), and Error(kModel) when the processes have different weights.
  LmTrainer(std::shared_ptr<Policy> policy, const LmConfig& config,
            std::shared_ptr<Communicator> group = std::make_shared<Communicator>());
  ~LmTrainer();

  // Runs one optimizer step on the mean loss over all predicted tokens: every token but a row's first, except those
  // whose `loss_masks` entry is 0 (empty: none excepted). `plan` replaces the lengths of the configuration. When memory
  // is exhausted, a single process computes the rows in parts from then on; results differ only by rounding. Several
  // processes fail instead. After an error before the first weight has moved, the trainer is as it was before the call;
  // after a later one it refuses further steps until load_state.
  // Throws Error(kShape | kInternal | kAborted | kConfig), PeerError, and what libtorch throws when memory does not
  // suffice for one row.
  LmStepResult step(const TokenRows& rows, const TokenMasks& loss_masks = {},
                    const std::optional<LmPlan>& plan = std::nullopt);

  // Writes the optimizer's state as lm_state.safetensors into an existing folder. The policy's weights are not part of
  // it. Throws Error(kIo | kConfig), the latter also after a step that was cut short.
  void save_state(const std::string& dir) const;
  // Restores what save_state wrote; nothing has changed after an error. Throws Error(kCheckpointFormat) for a damaged
  // state or one of another model, and Error(kModel) when there is none or the processes have different ones.
  void load_state(const std::string& dir);

 private:
  struct State;
  class StepGuard;
  std::unique_ptr<State> state_;
};

}  // namespace dppo
