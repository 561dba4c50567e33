// The gradients of one minibatch. Its losses are means over its tokens, so a minibatch can be computed in parts: each
// part divides by the tokens of the whole minibatch, and the gradients of the parts add up.
#pragma once

#include <cstdint>

#include "dist/communicator.h"
#include "lm/graphed_passes.h"
#include "model/policy.h"
#include "ppo/config.h"
#include "ppo/statistics.h"
#include "ppo/step.h"

namespace dppo {

class GraphedLoss;

// How the passes over a minibatch are computed; cheaper in memory after it was exhausted.
struct PassPlan {
  std::int64_t parts = 1;               // of a minibatch, one pass each
  bool capture = true;                  // as in PassOptions
  GraphedLoss* graphed_loss = nullptr;  // of the step, for passes that are captured; null where none is
};

// What all minibatches of an update share. Everything must outlive this.
struct UpdateContext {
  const Policy& policy;
  const PpoConfig& config;
  const PassPlan& plan;
  Communicator& group;
};

// Adds the gradients of PPO's loss over `samples`, divided by the accumulation steps, to those of the parameters, and
// the statistics to `stats`. Computes in plan.parts passes over about as many rows each; results differ only by
// rounding. Several processes share the rows of a minibatch, in one part. Returns false, without gradients, when the
// ratio threshold skips the minibatch. Throws Error(kInternal).
bool add_ppo_gradients(const UpdateContext& update, const StepData& data, SampleIndices samples, UpdateStats& stats);

// The same in one pass, by CUDA graphs of pass and loss, for the targets of the samples. The plan has a graphed_loss,
// which has started the step.
bool add_graphed_gradients(const UpdateContext& update, GraphedPasses& graphed, const TargetRows& targets,
                           SampleIndices samples, UpdateStats& stats);

// Adds the gradients of the next-token loss on a minibatch's share of `rows`: its mean over their tokens times
// ptx_coef, divided by the accumulation steps. Minibatches are counted over all epochs.
void add_ptx_gradients(const UpdateContext& update, const TokenRows& rows, std::int64_t minibatch, UpdateStats& stats);

}  // namespace dppo
