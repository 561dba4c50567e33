#include "lm/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cmath>

#include "base/cancel.h"
#include "base/error.h"
#include "base/parts.h"
#include "base/random.h"
#include "dist/same_tensors.h"
#include "io/safetensors.h"
#include "lm/gradients.h"
#include "optim/adam.h"
#include "optim/gradients.h"
#include "optim/schedule.h"

namespace dppo {

namespace {

// Fraction of the learning rate that is left at the end unless the configuration says otherwise.
constexpr double kMinFactor = 0.1;

}  // namespace

struct LmTrainer::State {
  std::shared_ptr<Policy> policy;
  LmConfig config;
  std::shared_ptr<Communicator> group;
  Adam optimizer;
  std::int64_t parts = 1;  // in which the rows of a step are computed; more after memory was exhausted
  bool capture = true;     // as in PassOptions; not after memory was exhausted
  bool broken = false;     // some weights have moved in a step that has failed

  double add_gradients(const TokenRows& rows, const TokenMasks& masks, std::int64_t tokens);
  double next_learning_rate(const LmPlan& plan) const {
    const double factor = config.min_learning_rate ? *config.min_learning_rate / config.learning_rate : kMinFactor;
    return learning_rate({.schedule = Schedule::kCosine,
                          .peak = config.learning_rate,
                          .warmup_steps = plan.warmup_steps,
                          .total_steps = plan.total_steps,
                          .min_factor = factor},
                         optimizer.steps());
  }
};

// Clears the gradients at the end of a step, of which a backward pass that fails leaves a part, and notices a step that
// fails after weights have moved.
class LmTrainer::StepGuard {
 public:
  explicit StepGuard(State& state) : state_(state), updates_(state.optimizer.steps()) {}
  ~StepGuard() {
    state_.optimizer.zero_grad();
    if (!finished_) state_.broken = state_.optimizer.steps() != updates_;
  }
  StepGuard(const StepGuard&) = delete;
  StepGuard& operator=(const StepGuard&) = delete;

  void finish() { finished_ = true; }

 private:
  State& state_;
  std::int64_t updates_;  // optimizer steps before this step
  bool finished_ = false;
};

LmTrainer::LmTrainer(std::shared_ptr<Policy> policy, const LmConfig& config, std::shared_ptr<Communicator> group) {
  expect_option(policy->lm->trainable(), "model", "one loaded as trainable");
  visit_options(config, BoundsCheck());
  const AdamOptions options{.beta1 = config.beta1,
                            .beta2 = config.beta2,
                            .eps = config.eps,
                            .weight_decay = config.weight_decay,
                            .decoupled = true,
                            .decay_matrices_only = true};
  require_same(policy->lm->parameters(), "the weights", *group);
  state_ = std::make_unique<State>(State{policy, config, std::move(group), Adam(policy->lm->parameters(), options)});
}

// Adds the gradients of this process's part of the mean loss over all predicted `tokens`; returns the part. Each step
// has a random stream of its own, so that a resumed run draws what the whole run would have drawn.
double LmTrainer::State::add_gradients(const TokenRows& rows, const TokenMasks& masks, std::int64_t tokens) {
  const Range own = group->shard(static_cast<std::int64_t>(rows.size()));
  const Dropout dropout{config.dropout, RandomStream(config.seed, static_cast<std::uint64_t>(optimizer.steps()))};
  const auto count = static_cast<double>(tokens);
  double sum = 0.0;
  for_each_part(own, parts, [&](Range part) {
    const PassOptions options{.autocast = config.autocast_bf16, .capture = capture};
    sum += add_next_token_gradients(*policy->lm, rows, masks, part, 1.0 / count, options, dropout);
  });
  return sum / count;
}

LmTrainer::~LmTrainer() = default;

LmStepResult LmTrainer::step(const TokenRows& rows, const TokenMasks& loss_masks, const std::optional<LmPlan>& plan) {
  State& state = *state_;
  const LmConfig& config = state.config;
  const LmPlan current = plan.value_or(LmPlan{config.warmup_steps, config.total_steps});
  visit_options(current, BoundsCheck());
  if (state.broken) {
    throw Error(ErrorKind::kConfig, "an earlier step was cut short after weights had moved; load a state first");
  }
  check_cancelled();
  StepGuard guard(state);
  LmStepResult result;
  result.tokens = count_predicted(*state.policy->lm, rows, loss_masks);
  const std::int64_t most = state.group->size() > 1 ? 1 : static_cast<std::int64_t>(rows.size());
  const double own_loss = within_memory(
      state.parts, most, [&] { return state.add_gradients(rows, loss_masks, result.tokens); },
      [&](const std::exception_ptr&) {
        state.optimizer.zero_grad();
        state.capture = false;
        return state.policy->lm->release_workspaces();
      });
  result.parts = state.parts;
  result.loss = state.group->sum(own_loss);
  if (!std::isfinite(result.loss)) {
    throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
  }
  result.learning_rate = state.next_learning_rate(current);
  const bool clips = config.max_grad_norm > 0;
  result.gradient_norm = apply_gradients(state.optimizer, result.learning_rate,
                                         clips ? std::optional(config.max_grad_norm) : std::nullopt, *state.group);
  guard.finish();
  return result;
}

void LmTrainer::save_state(const std::string& dir) const {
  if (state_->broken) throw Error(ErrorKind::kConfig, "a step that was cut short cannot be saved; load a state first");
  write_safetensors(dir + "/lm_state.safetensors", state_->optimizer.state());
}

void LmTrainer::load_state(const std::string& dir) {
  const std::string path = dir + "/lm_state.safetensors";
  const NamedTensors state = read_safetensors(path);
  // Before the optimizer changes.
  require_same(state, "the states of the optimizer", *state_->group);
  state_->optimizer.load_state(state, path);
  state_->broken = false;
}

}  // namespace dppo
