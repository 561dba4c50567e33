#include "ppo/trainer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "io/safetensors.h"
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
  return {config.beta1, config.beta2, config.eps, config.weight_decay, config.optimizer == "adamw", false};
}

}  // namespace

struct PpoTrainer::State {
  std::shared_ptr<Policy> policy;
  std::shared_ptr<Policy> reference;
  PpoConfig config;
  Adam optimizer;
  Schedule schedule;
  KlController controller;
  RunningMoments moments;
  RandomStream order;
  std::int64_t finished_steps = 0;
  bool clipped_once = false;  // parity's single clipped optimizer step has happened
  bool broken = false;        // an abort left weights and counters apart

  double learning_rate() const {
    return config.learning_rate * schedule_factor(schedule, finished_steps, config.total_steps);
  }
  bool clips() const { return config.max_grad_norm && !(config.trl_parity && config.clip_once && clipped_once); }
  double apply_gradients();
  void optimise(const PpoBatch& batch, const PaddedBatch& padded, const Rollout& rollout, const Advantages& advantages,
                const CancelFlag* cancel, const Progress& progress, std::vector<MinibatchStats>& minibatches,
                PpoStepResult& result);
  bool backward(const PaddedBatch& rows, const LossInput& old, std::vector<MinibatchStats>& minibatches);
};

PpoTrainer::PpoTrainer(std::shared_ptr<Policy> policy, std::shared_ptr<Policy> reference, const PpoConfig& config) {
  validate(config, *policy);
  state_ = std::make_unique<State>(State{policy, std::move(reference), config,
                                         Adam(policy->parameters(), adam_options(config)),
                                         parse_schedule(config.lr_schedule), KlController(config), RunningMoments{},
                                         RandomStream(config.seed, kOrderStream)});
}

PpoTrainer::~PpoTrainer() = default;

// Reduces, measures, clips and applies what has been accumulated; returns the norm before clipping.
double PpoTrainer::State::apply_gradients() {
  const NamedTensors& parameters = optimizer.parameters();
  reduce_gradients(parameters);
  const double norm = gradient_norm(parameters);
  if (clips()) {
    clip_gradients(parameters, norm, *config.max_grad_norm);
    clipped_once = true;
  }
  optimizer.step(learning_rate());
  optimizer.zero_grad();
  return norm;
}

// One minibatch: forward, loss, backward. Returns false when the ratio threshold skipped it.
bool PpoTrainer::State::backward(const PaddedBatch& rows, const LossInput& old,
                                 std::vector<MinibatchStats>& minibatches) {
  const TokenOutputs out = forward_tokens(*policy, rows, /*with_entropy=*/true, config.autocast_bf16);
  LossInput input = old;
  input.log_probs = out.log_probs;
  input.values = out.values;
  Losses losses = ppo_losses(input, config);
  const bool above = losses.mean_ratio.item<double>() > config.ratio_threshold;
  if (above && config.trl_parity) {
    // TRL multiplies by zero and still steps: Adam's momentum moves the weights.
    losses.policy = losses.policy * 0.0;
    losses.value = losses.value * 0.0;
    losses.total = losses.total * 0.0;
  }
  minibatches.push_back(minibatch_stats(input, losses, out.entropy));
  if (above && !config.trl_parity) return false;
  if (!losses.total.isfinite().item<bool>()) {
    throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
  }
  (losses.total / static_cast<double>(config.gradient_accumulation_steps)).backward();
  return true;
}

void PpoTrainer::State::optimise(const PpoBatch& batch, const PaddedBatch& padded, const Rollout& rollout,
                                 const Advantages& advantages, const CancelFlag* cancel, const Progress& progress,
                                 std::vector<MinibatchStats>& minibatches, PpoStepResult& result) {
  const std::int64_t per_epoch = config.batch_size / config.mini_batch_size;
  const auto total = config.ppo_epochs * per_epoch;
  std::int64_t skipped = 0;
  for (std::int64_t epoch = 0; epoch < config.ppo_epochs; ++epoch) {
    // Drawn even when orders are given, so that the stream's place depends on the step alone.
    const auto drawn = order.permutation(config.batch_size);
    const auto& sequence = batch.permutations.empty() ? drawn : batch.permutations[static_cast<std::size_t>(epoch)];
    const at::Tensor indices = at::tensor(sequence, at::kLong).to(padded.ids.device());
    bool pending = false;
    for (std::int64_t part = 0; part < per_epoch; ++part) {
      if (cancel != nullptr) cancel->check();
      const at::Tensor index = indices.narrow(0, part * config.mini_batch_size, config.mini_batch_size);
      const auto pick = [&index](const at::Tensor& tensor) { return tensor.index_select(0, index); };
      const PaddedBatch rows = rows_of(padded, index);
      const LossInput old{{},
                          {},
                          pick(rollout.log_probs),
                          pick(advantages.values),
                          pick(advantages.advantages),
                          pick(advantages.returns),
                          rows.response_mask};
      const bool used = backward(rows, old, minibatches);
      pending |= used;
      skipped += used ? 0 : 1;
      if ((part + 1) % config.gradient_accumulation_steps == 0) {
        if (pending) {
          broken = true;  // from here to the end of the step weights and counters are apart
          result.gradient_norms.push_back(apply_gradients());
        }
        pending = false;
      }
      if (progress) progress(epoch * per_epoch + part + 1, total);
    }
    if (config.early_stopping && minibatches.back().policy_kl > 1.5 * config.target_kl) break;
  }
  double norms = 0.0;
  for (const double norm : result.gradient_norms) norms += norm / static_cast<double>(result.gradient_norms.size());
  result.stats.emplace_back("dppo/gradient_norm", norms);
  result.stats.emplace_back("dppo/skipped_minibatches", static_cast<double>(skipped));
}

PpoStepResult PpoTrainer::step(const PpoBatch& batch, const CancelFlag* cancel, const Progress& progress) {
  State& state = *state_;
  const PpoConfig& config = state.config;
  if (state.broken) {
    throw Error(ErrorKind::kConfig, "an earlier step was cut short after its first update; load a state first");
  }
  check_batch(batch, config, state.policy->lm->config());
  PpoStepResult result;
  StepClock clock;

  const PaddedBatch padded = pad_batch(batch, config, state.policy->lm->parameters().front().second.device());
  const RunningMoments moments_before = state.moments;
  const std::uint64_t order_before = state.order.state();
  std::vector<MinibatchStats> minibatches;
  try {
    const std::vector<float> scores = prepared_scores(batch.scores, config, state.moments);
    const Rollout rollout = roll_out(*state.policy, *state.reference, padded, config, cancel);
    clock.lap("time/ppo/forward_pass");
    const double kl_coef = state.controller.coefficient();
    const double learning_rate = state.learning_rate();
    const TokenRewards rewards = token_rewards(rollout.kl, scores, padded.response_mask, kl_coef);
    clock.lap("time/ppo/compute_rewards");
    const Advantages advantages = estimate_advantages(rewards.total, rollout.values, padded.response_mask, config);
    clock.lap("time/ppo/compute_advantages");
    state.optimise(batch, padded, rollout, advantages, cancel, progress, minibatches, result);
    clock.lap("time/ppo/optimize_step");
    step_stats({batch, padded, rollout, rewards, scores, minibatches, kl_coef, learning_rate}, result);
    state.controller.update(objective_kl(rollout, padded.response_mask), config.batch_size);
  } catch (...) {
    state.optimizer.zero_grad();
    if (!state.broken) {
      // Nothing was learnt yet: the trainer is as it was before the call.
      state.moments = moments_before;
      state.order.set_state(order_before);
    }
    throw;
  }
  state.broken = false;
  ++state.finished_steps;
  clock.finish("time/ppo/calc_stats", result.stats);
  result.kl_coef = state.controller.coefficient();
  result.learning_rate = state.learning_rate();
  return result;
}

void PpoTrainer::save_state(const std::string& dir) const {
  const State& state = *state_;
  if (state.broken) throw Error(ErrorKind::kConfig, "a step that was cut short cannot be saved; load a state first");
  TensorList list = state.optimizer.state();
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
  const TensorList list = read_safetensors(path);
  at::Tensor scalars, counters;
  for (const auto& [name, tensor] : list) {
    if (name == "scalars") scalars = tensor;
    if (name == "counters") counters = tensor;
  }
  if (!scalars.defined() || scalars.numel() != 5 || !counters.defined() || counters.numel() != 3) {
    throw Error(ErrorKind::kCheckpointFormat, path + " is no trainer state");
  }
  state.optimizer.load_state(list);
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
