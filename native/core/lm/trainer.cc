#include "lm/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/random.h"
#include "io/safetensors.h"
#include "lm/loss.h"
#include "model/dropout.h"
#include "optim/adam.h"
#include "optim/gradients.h"

namespace dppo {

struct LmTrainer::State {
  std::shared_ptr<Policy> policy;
  LmConfig config;
  Adam optimizer;

  // Linear warm-up, then a cosine down to the minimum.
  double learning_rate() const {
    const auto done = static_cast<double>(optimizer.steps());
    const auto warmup = static_cast<double>(config.warmup_steps);
    if (done < warmup) return config.learning_rate * (done + 1.0) / warmup;
    const double rest = std::max(1.0, static_cast<double>(config.total_steps) - warmup);
    const double share = std::min(1.0, (done - warmup) / rest);
    const double factor = 0.5 * (1.0 + std::cos(std::numbers::pi * share));
    return config.min_learning_rate + (config.learning_rate - config.min_learning_rate) * factor;
  }
};

LmTrainer::LmTrainer(std::shared_ptr<Policy> policy, const LmConfig& config) {
  const NamedTensors parameters = policy->lm->parameters();
  if (!parameters.front().second.requires_grad()) {
    throw Error(ErrorKind::kConfig, "model: expected one loaded as trainable");
  }
  if (!(config.learning_rate > 0) || config.total_steps < 1 || config.warmup_steps < 0) {
    throw Error(ErrorKind::kConfig, "learningRate and totalSteps must be above 0, warmupSteps at least 0");
  }
  if (!(config.dropout >= 0) || config.dropout > 0.9) {
    throw Error(ErrorKind::kConfig, "dropout must be from 0 to 0.9");
  }
  const AdamOptions options{config.beta1, config.beta2, config.eps, config.weight_decay, true, true};
  state_ = std::make_unique<State>(State{std::move(policy), config, Adam(parameters, options)});
}

LmTrainer::~LmTrainer() = default;

LmStepResult LmTrainer::step(const TokenRows& rows, const LossMasks& loss_masks, const CancelFlag* cancel,
                             std::optional<double> learning_rate) {
  State& state = *state_;
  if (cancel != nullptr) cancel->check();
  // A seed of its own for each step, so that a resumed run draws what the whole run would have drawn.
  const DropoutScope scope(state.config.dropout,
                           RandomStream(state.config.seed, static_cast<std::uint64_t>(state.optimizer.steps())));
  const NextTokenLoss loss = next_token_loss(*state.policy->lm, rows, loss_masks, state.config.autocast_bf16);
  const at::Tensor mean = loss.sum / static_cast<double>(loss.tokens);
  LmStepResult result;
  result.loss = mean.item<double>();
  if (!std::isfinite(result.loss)) {
    throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
  }
  mean.backward();
  const NamedTensors& parameters = state.optimizer.parameters();
  reduce_gradients(parameters);
  try {
    result.gradient_norm = gradient_norm(parameters);
  } catch (...) {
    state.optimizer.zero_grad();  // or the next step would add to it
    throw;
  }
  if (state.config.max_grad_norm > 0) clip_gradients(parameters, result.gradient_norm, state.config.max_grad_norm);
  result.learning_rate = learning_rate.value_or(state.learning_rate());
  state.optimizer.step(result.learning_rate);
  state.optimizer.zero_grad();
  result.tokens = loss.tokens;
  return result;
}

void LmTrainer::save_state(const std::string& dir) const {
  write_safetensors(dir + "/lm_state.safetensors", state_->optimizer.state());
}

void LmTrainer::load_state(const std::string& dir) {
  state_->optimizer.load_state(read_safetensors(dir + "/lm_state.safetensors"));
}

}  // namespace dppo
