// Classic PPO for language models with a per-token KL penalty against a frozen reference.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dist/communicator.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/config.h"
#include "ppo/step.h"

namespace dppo {

class PpoTrainer {
 public:
  // `reference` may be the policy itself (its KL is then zero). Processes of a `group` are given the same batches and
  // share the rows of each pass; weights and statistics are those of a single process, up to the order of sums.
  // Throws Error(kConfig), and Error(kModel) when the processes have different weights.
  PpoTrainer(std::shared_ptr<Policy> policy, std::shared_ptr<Policy> reference, const PpoConfig& config,
             std::shared_ptr<Communicator> group = std::make_shared<Communicator>());
  ~PpoTrainer();

  // Called after each minibatch of the update with (minibatches done, minibatches in all).
  using Progress = std::function<void(std::int64_t, std::int64_t)>;

  // Runs one PPO step. When memory is exhausted, a single process computes minibatches in parts from then on, which
  // changes results by rounding only; the statistic dppo/minibatch_parts says in how many. Several processes fail
  // instead. After an error before the first weight has moved, the trainer is as it was before the call; after a later
  // one it refuses further steps until load_state. A large model moves its weights in the backward pass.
  // Throws Error(kShape | kInternal | kAborted | kConfig), PeerError, and what libtorch throws when memory does not
  // suffice for one row.
  PpoStepResult step(const PpoBatch& batch, const Progress& progress = {});

  // Writes optimizer, controller, running moments, step count and random state as ppo_state.safetensors into an
  // existing folder. The policy's weights are not part of it. Throws Error(kIo | kConfig), the latter also after a step
  // that was cut short.
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
