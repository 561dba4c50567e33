#include "ppo/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "base/error.h"
#include "base/index_tensor.h"
#include "base/random.h"
#include "io/safetensors.h"
#include "lm/loss.h"
#include "optim/adam.h"
#include "optim/gradients.h"
#include "optim/schedule.h"
#include "ppo/advantages.h"
#include "ppo/batch.h"
#include "ppo/clock.h"
#include "ppo/kl_controller.h"
#include "ppo/loss.h"
#include "ppo/rewards.h"
#include "ppo/rollout.h"
#include "ppo/statistics.h"
#include "ppo/validate.h"

namespace dppo {

namespace {

constexpr std::uint64_t kOrderStream = 0x6F72646572ULL;

AdamOptions adam_options(const PpoConfig& config) {
  return {config.beta1, config.beta2, config.eps, config.weight_decay, config.optimizer == Optimizer::kAdamW, false};
}

}  // namespace

struct PpoTrainer::State {
  std::shared_ptr<Policy> policy;
  std::shared_ptr<Policy> reference;
  PpoConfig config;
  Adam optimizer;
  KlController controller;
  RunningMoments moments;
  RandomStream order;  // of the samples in each epoch
  std::int64_t finished_steps = 0;
  bool clipped_once = false;  // parity's single clipped optimizer step has happened
  bool broken = false;        // weights have moved in a step that has not ended

  double next_learning_rate() const {
    return learning_rate(
        {.schedule = config.lr_schedule, .peak = config.learning_rate, .total_steps = config.total_steps},
        finished_steps);
  }
  StepData prepare(const PpoBatch& batch, const CancelFlag* cancel, StepClock& clock);
  UpdateRecord update(const StepData& data, const CancelFlag* cancel, const Progress& progress);
  bool train_on(const StepData& data, Samples samples, UpdateRecord& record);
  void add_ptx_gradients(const TokenRows& rows, std::int64_t minibatch, UpdateRecord& record);
  double update_weights();
};

namespace {

// Undoes what a failed step changed, unless weights have moved already.
class StepGuard {
 public:
  explicit StepGuard(PpoTrainer::State& state)
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
  PpoTrainer::State& state_;
  RunningMoments moments_;
  RandomStream order_;
  std::int64_t updates_;  // optimizer steps before this step
  bool finished_ = false;
};

}  // namespace

PpoTrainer::PpoTrainer(std::shared_ptr<Policy> policy, std::shared_ptr<Policy> reference, const PpoConfig& config) {
  validate(config, *policy);
  validate_reference(*policy, *reference);
  state_ = std::make_unique<State>(State{policy, std::move(reference), config,
                                         Adam(policy->parameters(), adam_options(config)), KlController(config),
                                         RunningMoments{}, RandomStream(config.seed, kOrderStream)});
}

PpoTrainer::~PpoTrainer() = default;

// Everything before the update: scores, rollout, rewards and advantages.
StepData PpoTrainer::State::prepare(const PpoBatch& batch, const CancelFlag* cancel, StepClock& clock) {
  StepData data{batch,
                join_rows(batch, config, policy->lm->device()),
                prepare_scores(batch.scores, config, moments),
                {},
                {},
                {},
                controller.coefficient(),
                next_learning_rate()};
  data.rollout = roll_out(*policy, *reference, data.rows, config, cancel);
  clock.lap("time/ppo/forward_pass");
  const at::Tensor& mask = data.rows.response_mask;
  data.rewards = token_rewards(data.rollout.kl, data.scores, mask, data.kl_coef);
  clock.lap("time/ppo/compute_rewards");
  data.advantages = estimate_advantages(data.rewards.total, data.rollout.values, mask, config);
  clock.lap("time/ppo/compute_advantages");
  return data;
}

// Applies the accumulated gradients; returns their norm before clipping.
double PpoTrainer::State::update_weights() {
  const bool clips = config.max_grad_norm && !(config.trl_parity && config.clip_once && clipped_once);
  const double norm = apply_gradients(optimizer, next_learning_rate(), clips ? config.max_grad_norm : std::nullopt);
  clipped_once |= clips;
  return norm;
}

// Forward, loss and backward over some samples. Returns false when the ratio threshold skips them.
bool PpoTrainer::State::train_on(const StepData& data, Samples samples, UpdateRecord& record) {
  const at::Tensor index = index_tensor(samples, data.rows.response_mask.device());
  const auto pick = [&index](const at::Tensor& tensor) { return tensor.index_select(0, index); };
  const TokenOutputs out = forward_tokens(*policy, data.rows, samples, /*with_entropy=*/true, config.autocast_bf16);
  const LossInput input{.log_probs = out.log_probs,
                        .values = out.values,
                        .old_log_probs = pick(data.rollout.log_probs),
                        .old_values = pick(data.advantages.values),
                        .advantages = pick(data.advantages.advantages),
                        .returns = pick(data.advantages.returns),
                        .mask = out.mask};
  Losses losses = ppo_losses(input, config);
  const bool above = losses.mean_ratio.item<double>() > config.ratio_threshold;
  if (above && config.trl_parity) {
    // TRL multiplies by zero and still steps: Adam's momentum moves the weights.
    losses.policy = losses.policy * 0.0;
    losses.value = losses.value * 0.0;
    losses.total = losses.total * 0.0;
  }
  record.minibatches.push_back(minibatch_stats(input, losses, out.entropy));
  if (above && !config.trl_parity) return false;
  if (!losses.total.isfinite().item<bool>()) {
    throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
  }
  (losses.total / static_cast<double>(config.gradient_accumulation_steps)).backward();
  return true;
}

// Adds the gradients of the next-token loss on a minibatch's share of `rows`: its mean over their tokens times
// ptx_coef. The backward pass is one of its own, so that the activations of both losses are never held together.
void PpoTrainer::State::add_ptx_gradients(const TokenRows& rows, std::int64_t minibatch, UpdateRecord& record) {
  const std::int64_t share = static_cast<std::int64_t>(rows.size()) * config.mini_batch_size / config.batch_size;
  const auto first = rows.begin() + minibatch * share;
  const NextTokenLoss loss = next_token_loss(*policy->lm, TokenRows(first, first + share), {}, config.autocast_bf16);
  const at::Tensor mean = loss.sum / static_cast<double>(loss.tokens);
  record.ptx_losses.push_back(mean.item<double>());
  (mean * (config.ptx_coef / static_cast<double>(config.gradient_accumulation_steps))).backward();
}

UpdateRecord PpoTrainer::State::update(const StepData& data, const CancelFlag* cancel, const Progress& progress) {
  UpdateRecord record;
  const std::int64_t per_epoch = config.batch_size / config.mini_batch_size;
  for (std::int64_t epoch = 0; epoch < config.ppo_epochs; ++epoch) {
    // An order is drawn even when the batch brings its own, so that the stream's state depends on the step alone.
    const auto drawn = order.permutation(config.batch_size);
    const auto& given = data.batch.permutations;
    const auto& sequence = given.empty() ? drawn : given[static_cast<std::size_t>(epoch)];
    bool has_gradients = false;
    for (std::int64_t part = 0; part < per_epoch; ++part) {
      if (cancel != nullptr) cancel->check();
      const Samples samples(sequence.data() + part * config.mini_batch_size,
                            static_cast<std::size_t>(config.mini_batch_size));
      const bool used = train_on(data, samples, record);
      if (used && config.ptx_coef > 0.0) add_ptx_gradients(data.batch.ptx_rows, part, record);
      has_gradients |= used;
      record.skipped += used ? 0 : 1;
      if ((part + 1) % config.gradient_accumulation_steps == 0) {
        if (has_gradients) record.gradient_norms.push_back(update_weights());
        has_gradients = false;
      }
      if (progress) progress(epoch * per_epoch + part + 1, config.ppo_epochs * per_epoch);
    }
    if (config.early_stopping && record.minibatches.back().policy_kl > 1.5 * config.target_kl) break;
  }
  return record;
}

PpoStepResult PpoTrainer::step(const PpoBatch& batch, const CancelFlag* cancel, const Progress& progress) {
  State& state = *state_;
  if (state.broken) {
    throw Error(ErrorKind::kConfig, "an earlier step was cut short after its first update; load a state first");
  }
  check_batch(batch, state.config, state.policy->lm->config());
  PpoStepResult result;
  StepClock clock;
  StepGuard guard(state);
  const StepData data = state.prepare(batch, cancel, clock);
  const UpdateRecord record = state.update(data, cancel, progress);
  clock.lap("time/ppo/optimize_step");
  step_stats(data, record, result);
  state.controller.update(objective_kl(data.rollout, data.rows.response_mask), state.config.batch_size);
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
  state.optimizer.load_state(list, path);
  const auto* real = scalars.const_data_ptr<double>();
  state.controller.set_coefficient(real[0]);
  state.moments = {real[1], real[2], real[3], real[4]};
  const auto* whole = counters.const_data_ptr<std::int64_t>();
  state.finished_steps = whole[0];
  state.clipped_once = whole[1] != 0;
  state.order.set_state(static_cast<std::uint64_t>(whole[2]));
  state.broken = false;
}

}  // namespace dppo
