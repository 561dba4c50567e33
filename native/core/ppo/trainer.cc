#include "ppo/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <optional>

#include "base/cancel.h"
#include "base/device_memory.h"
#include "base/error.h"
#include "base/exhausted_memory.h"
#include "base/parts.h"
#include "base/random.h"
#include "dist/same_tensors.h"
#include "io/safetensors.h"
#include "lm/graphed_passes.h"
#include "optim/adam.h"
#include "optim/backward_update.h"
#include "optim/gradients.h"
#include "optim/schedule.h"
#include "ppo/advantages.h"
#include "ppo/batch.h"
#include "ppo/clock.h"
#include "ppo/graphed_loss.h"
#include "ppo/kl_controller.h"
#include "ppo/minibatch.h"
#include "ppo/old_outputs.h"
#include "ppo/rewards.h"
#include "ppo/statistics.h"
#include "ppo/validate.h"

namespace dppo {

namespace {

constexpr std::uint64_t kOrderStream = 0x6F72646572ULL;

AdamOptions adam_options(const PpoConfig& config) {
  return {.beta1 = config.beta1,
          .beta2 = config.beta2,
          .eps = config.eps,
          .weight_decay = config.weight_decay,
          .decoupled = config.optimizer == Optimizer::kAdamW};
}

}  // namespace

struct PpoTrainer::State {
  std::shared_ptr<Policy> policy;
  std::shared_ptr<Policy> reference;
  PpoConfig config;
  std::shared_ptr<Communicator> group;
  Adam optimizer;
  KlController controller;
  RunningMoments moments;
  RandomStream order;  // of the samples in each epoch
  std::int64_t finished_steps = 0;
  bool clipped_once = false;  // parity's single clipped optimizer step has happened
  bool broken = false;        // weights have moved in a step that has not ended
  PassPlan plan{};
  std::unique_ptr<GraphedLoss> graphed_loss{};  // where passes are captured

  double next_learning_rate() const {
    return learning_rate(
        {.schedule = config.lr_schedule, .peak = config.learning_rate, .total_steps = config.total_steps},
        finished_steps);
  }
  StepData prepare(const PpoBatch& batch, StepClock& clock);
  void start_graphed_loss(const StepData& data);
  UpdateStats update(const StepData& data, const Progress& progress);
  using Report = std::function<void(std::int64_t)>;  // takes the minibatches of an epoch that are done
  // A pass over the samples of a step.
  struct Epoch {
    std::int64_t number;  // from 0
    SampleIndices order;
  };
  bool updates_in_backward() const;
  UpdateStats optimize(const StepData& data, const Epoch& epoch, std::int64_t first, const Report& report);
  UpdateStats accumulate(const StepData& data, const Epoch& epoch, std::int64_t first, const Report& report);
  template <typename Work>
  auto within_memory(Work work) -> decltype(work());
  double update_weights();
};

// Undoes what a failed step changed, unless weights have moved already.
class PpoTrainer::StepGuard {
 public:
  explicit StepGuard(State& state)
      : state_(state), moments_(state.moments), order_(state.order), updates_(state.optimizer.steps()) {}
  ~StepGuard() {
    if (finished_) return;
    state_.optimizer.zero_grad();
    state_.broken = state_.optimizer.steps() != updates_;
    if (state_.broken) return;
    state_.moments = moments_;
    state_.order = order_;
  }
  StepGuard(const StepGuard&) = delete;
  StepGuard& operator=(const StepGuard&) = delete;

  void finish() { finished_ = true; }

 private:
  State& state_;
  RunningMoments moments_;
  RandomStream order_;
  std::int64_t updates_;  // optimizer steps before this step
  bool finished_ = false;
};

PpoTrainer::PpoTrainer(std::shared_ptr<Policy> policy, std::shared_ptr<Policy> reference, const PpoConfig& config,
                       std::shared_ptr<Communicator> group) {
  validate(config, *policy);
  validate_reference(*policy, *reference);
  require_same(policy->parameters(), "the weights", *group);
  require_same(reference->parameters(), "the weights of the reference", *group);
  state_ = std::make_unique<State>(State{policy, std::move(reference), config, std::move(group),
                                         Adam(policy->parameters(), adam_options(config)), KlController(config),
                                         RunningMoments{}, RandomStream(config.seed, kOrderStream)});
}

PpoTrainer::~PpoTrainer() = default;

// Everything before the update: scores, old outputs, rewards and advantages.
StepData PpoTrainer::State::prepare(const PpoBatch& batch, StepClock& clock) {
  StepData data{.batch = batch,
                .rows = join_rows(batch, config, policy->lm->device()),
                .scores = prepare_scores(batch.scores, config, moments),
                .old = {},
                .rewards = {},
                .advantages = {},
                .kl_coef = controller.coefficient(),
                .learning_rate = next_learning_rate()};
  data.old = within_memory([&] {
    const OldOutputsOptions options{.penalty = config.kl_penalty,
                                    .rows_per_pass = (config.mini_batch_size + plan.parts - 1) / plan.parts,
                                    .autocast = config.autocast_bf16,
                                    .capture = plan.capture};
    return compute_old_outputs(*policy, *reference, data.rows, options, *group);
  });
  clock.lap("time/ppo/forward_pass");
  const at::Tensor& mask = data.rows.response_mask;
  data.rewards = token_rewards(data.old.kl, data.scores, mask, data.kl_coef);
  clock.lap("time/ppo/compute_rewards");
  data.advantages = estimate_advantages(data.rewards.total, data.old.values, mask, config);
  clock.lap("time/ppo/compute_advantages");
  return data;
}

// Applies the accumulated gradients; returns their norm before clipping.
double PpoTrainer::State::update_weights() {
  const bool clips = config.max_grad_norm && !(config.trl_parity && config.clip_once && clipped_once);
  const double norm =
      apply_gradients(optimizer, next_learning_rate(), clips ? config.max_grad_norm : std::nullopt, *group);
  clipped_once |= clips;
  return norm;
}

// Runs `work`. When memory is exhausted, frees the workspaces of the models, and then divides the minibatch further,
// until a part is one row. With several processes the step fails, but the next one needs less. It also fails when the
// work has moved weights, which cannot move back.
template <typename Work>
auto PpoTrainer::State::within_memory(Work work) -> decltype(work()) {
  const std::int64_t updates = optimizer.steps();
  const auto clear = [this, updates](const std::exception_ptr& failure) {
    if (optimizer.steps() != updates) std::rethrow_exception(failure);
    optimizer.zero_grad();
    plan.capture = false;
    plan.graphed_loss = nullptr;
    graphed_loss.reset();
    const bool policy_freed = policy->lm->release_workspaces();
    return reference->lm->release_workspaces() || policy_freed;
  };
  if (group->size() == 1) return dppo::within_memory(plan.parts, config.mini_batch_size, work, clear);
  try {
    return work();
  } catch (...) {
    const std::exception_ptr failure = std::current_exception();
    if (exhausted_memory(failure)) clear(failure);
    throw;
  }
}

// Adds the gradients of the minibatches before one optimizer step, from number `first` of the epoch.
UpdateStats PpoTrainer::State::accumulate(const StepData& data, const Epoch& epoch, std::int64_t first,
                                          const Report& report) {
  const UpdateContext update{*policy, config, plan, *group};
  UpdateStats stats;
  for (std::int64_t minibatch = first; minibatch < first + config.gradient_accumulation_steps; ++minibatch) {
    if (minibatch > first) report(minibatch);
    check_cancelled();
    const auto size = static_cast<std::size_t>(config.mini_batch_size);
    const SampleIndices samples = epoch.order.subspan(static_cast<std::size_t>(minibatch) * size, size);
    const bool used = add_ppo_gradients(update, data, samples, stats);
    if (used && config.ptx_coef > 0.0) {
      const std::int64_t number = epoch.number * config.minibatches() + minibatch;
      add_ptx_gradients(update, data.batch.ptx_rows, number, stats);
    }
    stats.skipped += used ? 0 : 1;
  }
  return stats;
}

// Whether weights move within the backward pass, which saves the memory of their gradients. Each gradient must then be
// complete after one pass and must not depend on the others. Small models have threads that share the rows, and on a
// GPU a failed pass must be repeatable with less memory.
bool PpoTrainer::State::updates_in_backward() const {
  const bool one_pass = plan.parts == 1 && config.gradient_accumulation_steps == 1 && config.ptx_coef == 0.0 &&
                        group->size() == 1 && policy->lm->device().is_cpu();
  return one_pass && !config.max_grad_norm && !shares_rows(*policy->lm);
}

// Performs one optimizer step with the minibatches from number `first` of the epoch, or none if all are skipped.
UpdateStats PpoTrainer::State::optimize(const StepData& data, const Epoch& epoch, std::int64_t first,
                                        const Report& report) {
  std::optional<BackwardUpdate> updates;
  if (updates_in_backward()) updates.emplace(optimizer, next_learning_rate());
  UpdateStats stats = accumulate(data, epoch, first, report);
  if (stats.skipped < config.gradient_accumulation_steps) {
    stats.gradient_norms.push_back(updates ? updates->gradient_norm() : update_weights());
  }
  return stats;
}

// With several processes, the loss combines rows of all of them, which a graph cannot wait for.
void PpoTrainer::State::start_graphed_loss(const StepData& data) {
  if (!plan.capture || group->size() > 1 || !may_capture(*policy->lm, {.capture = true})) return;
  if (graphed_loss == nullptr) graphed_loss = std::make_unique<GraphedLoss>(config, policy->lm->device());
  graphed_loss->start(data);
  plan.graphed_loss = graphed_loss.get();
}

UpdateStats PpoTrainer::State::update(const StepData& data, const Progress& progress) {
  UpdateStats stats;
  start_graphed_loss(data);
  const std::int64_t per_epoch = config.minibatches();
  const std::int64_t accumulated = config.gradient_accumulation_steps;
  for (std::int64_t epoch = 0; epoch < config.ppo_epochs; ++epoch) {
    const Report report = [&](std::int64_t done) {
      if (progress) progress(epoch * per_epoch + done, config.ppo_epochs * per_epoch);
    };
    // An order is drawn even when the batch brings its own, so that the stream's state depends on the step alone.
    const auto drawn = order.permutation(config.batch_size);
    const auto& given = data.batch.permutations;
    const Epoch current{epoch, given.empty() ? drawn : given[static_cast<std::size_t>(epoch)]};
    for (std::int64_t minibatch = 0; minibatch < per_epoch; minibatch += accumulated) {
      append(stats, within_memory([&] { return optimize(data, current, minibatch, report); }));
      report(minibatch + accumulated);
    }
    if (config.early_stopping && group->any(stats.minibatches.back().policy_kl > 1.5 * config.target_kl)) break;
  }
  stats.parts = plan.parts;
  return stats;
}

PpoStepResult PpoTrainer::step(const PpoBatch& batch, const Progress& progress) {
  State& state = *state_;
  if (state.broken) {
    throw Error(ErrorKind::kConfig, "an earlier step was cut short after weights had moved; load a state first");
  }
  check_batch(batch, state.config, state.policy->lm->config());
  PpoStepResult result;
  StepClock clock;
  StepGuard guard(state);
  const StepData data = state.prepare(batch, clock);
  const UpdateStats update = state.update(data, progress);
  clock.lap("time/ppo/optimize_step");
  step_stats(data, update, result);
  state.controller.update(objective_kl(data.old, data.rows.response_mask), state.config.batch_size);
  if (const auto bytes = peak_device_memory(state.policy->lm->device())) {
    result.stats.emplace_back("dppo/peak_device_memory_gib", static_cast<double>(*bytes) / 0x1p30);
  }
  guard.finish();
  ++state.finished_steps;
  clock.finish("time/ppo/calc_stats", result.stats);
  result.kl_coef = state.controller.coefficient();
  result.learning_rate = state.next_learning_rate();
  return result;
}

void PpoTrainer::save_state(const std::string& dir) const {
  const State& state = *state_;
  if (state.broken) throw Error(ErrorKind::kConfig, "a step that was cut short cannot be saved; load a state first");
  NamedTensors list = state.optimizer.state();
  const RunningMoments& moments = state.moments;
  list.emplace_back("scalars", at::tensor(std::vector<double>{state.controller.coefficient(), moments.mean, moments.std,
                                                              moments.var, moments.count}));
  list.emplace_back("counters", at::tensor(std::vector<std::int64_t>{state.finished_steps, state.clipped_once ? 1 : 0,
                                                                     static_cast<std::int64_t>(state.order.state())}));
  write_safetensors(dir + "/ppo_state.safetensors", list);
}

void PpoTrainer::load_state(const std::string& dir) {
  State& state = *state_;
  const std::string path = dir + "/ppo_state.safetensors";
  const NamedTensors list = read_safetensors(path);
  at::Tensor scalars, counters;
  for (const auto& [name, tensor] : list) {
    if (name == "scalars") scalars = tensor;
    if (name == "counters") counters = tensor;
  }
  const bool known = scalars.defined() && scalars.numel() == 5 && scalars.scalar_type() == at::kDouble &&
                     counters.defined() && counters.numel() == 3 && counters.scalar_type() == at::kLong;
  if (!known || !scalars.isfinite().all().item<bool>()) {
    throw Error(ErrorKind::kCheckpointFormat, path + " is no trainer state");
  }
  const auto* whole = counters.const_data_ptr<std::int64_t>();
  if (whole[0] < 0) throw Error(ErrorKind::kCheckpointFormat, path + " has no count of the finished steps");
  // Everything is checked before anything changes.
  require_same(list, "the states of the trainer", *state.group);
  state.optimizer.load_state(list, path);
  const auto* real = scalars.const_data_ptr<double>();
  state.controller.set_coefficient(real[0]);
  state.moments = {real[1], real[2], real[3], real[4]};
  state.finished_steps = whole[0];
  state.clipped_once = whole[1] != 0;
  state.order.set_state(static_cast<std::uint64_t>(whole[2]));
  state.broken = false;
}

}  // namespace dppo
