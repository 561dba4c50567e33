#include "ppo/minibatch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/index_tensor.h"
#include "base/parts.h"
#include "lm/gradients.h"
#include "model/linear.h"
#include "ppo/graphed_loss.h"
#include "ppo/loss.h"
#include "ppo/minibatch_pass.h"
#include "ppo/old_outputs.h"

namespace dppo {

namespace {

Range all_of(SampleIndices samples) { return {0, static_cast<std::int64_t>(samples.size())}; }

// The outputs for all samples without gradients, computed in parts.
TokenOutputs measure(const Policy& policy, const StepData& data, SampleIndices samples, const PassOptions& options,
                     std::int64_t parts) {
  const TrainingKernelsScope training_kernels;
  std::vector<Predictions> predictions;
  for_each_part(all_of(samples), parts, [&](Range part) {
    const TargetRows targets = targets_of(data.rows, samples_of(samples, part));
    predictions.push_back(predict_rows(*policy.lm, policy.value_head_or_null(), targets, options));
  });
  const at::Tensor mask = mask_of(data.rows, samples);
  return {mask, scatter_masked(mask, join(predictions, &Predictions::log_probs)),
          scatter_masked(mask, join(predictions, &Predictions::values)),
          scatter_masked(mask, join(predictions, &Predictions::entropy))};
}

LossInput loss_input(const StepData& data, SampleIndices samples, const TokenOutputs& out) {
  const at::Tensor index = index_tensor(samples, data.rows.response_mask.device());
  const auto pick = [&index](const at::Tensor& tensor) { return tensor.index_select(0, index); };
  return {.log_probs = out.log_probs,
          .values = out.values,
          .old_log_probs = pick(data.old.log_probs),
          .old_values = pick(data.advantages.values),
          .advantages = pick(data.advantages.advantages),
          .returns = pick(data.advantages.returns),
          .mask = out.mask,
          .tokens = out.mask.sum()};
}

// What follows from the mean ratio of a minibatch. One above the threshold is skipped. TRL multiplies its losses by
// zero and still steps, so that Adam's momentum moves the weights.
enum class RatioCheck { kPassed, kZeroLoss, kSkip };

RatioCheck check_ratio(bool above_threshold, const PpoConfig& config) {
  if (!above_threshold) return RatioCheck::kPassed;
  return config.trl_parity ? RatioCheck::kZeroLoss : RatioCheck::kSkip;
}

void zero(Losses& losses) {
  losses.policy = losses.policy * 0.0;
  losses.value = losses.value * 0.0;
  losses.total = losses.total * 0.0;
}

void zero(MinibatchLoss& loss) {
  loss.stats.scalars.narrow(0, 0, kLossScalars).mul_(0.0);
  loss.log_prob_gradients.mul_(0.0);
  loss.value_gradients.mul_(0.0);
}

[[noreturn]] void throw_nonfinite_loss() {
  throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
}

PassOptions pass_options(const PpoConfig& config, bool capture) {
  return {.autocast = config.autocast_bf16, .entropy = true, .capture = capture};
}

}  // namespace

bool add_graphed_gradients(const UpdateContext& update, GraphedPasses& graphed, const TargetRows& targets,
                           SampleIndices samples, UpdateStats& stats) {
  const PpoConfig& config = update.config;
  const at::NoGradGuard no_grad;
  Predictions predictions;
  {
    const at::AutoGradMode with_gradients(true);
    predictions = graphed.forward(targets, update.policy.value_head_or_null(), pass_options(config, /*capture=*/true));
  }
  MinibatchLoss loss = (*update.plan.graphed_loss)(samples, predictions);
  const RatioCheck check = check_ratio(loss.mean_ratio > config.ratio_threshold, config);
  if (check == RatioCheck::kZeroLoss) zero(loss);
  stats.minibatches.push_back(std::move(loss.stats));
  if (check == RatioCheck::kSkip) return false;
  if (!std::isfinite(loss.total)) throw_nonfinite_loss();
  graphed.backward(loss.log_prob_gradients, loss.value_gradients);
  return true;
}

bool add_ppo_gradients(const UpdateContext& update, const StepData& data, SampleIndices samples, UpdateStats& stats) {
  const Policy& policy = update.policy;
  const PpoConfig& config = update.config;
  const PassPlan& plan = update.plan;
  Communicator& group = update.group;
  const PassOptions options = pass_options(config, plan.capture);
  if (plan.graphed_loss != nullptr && plan.parts == 1) {
    const TargetRows targets = targets_of(data.rows, samples);
    GraphedPasses* const graphed = graphed_passes(*policy.lm, policy.value_head_or_null(), targets, options);
    if (graphed != nullptr) return add_graphed_gradients(update, *graphed, targets, samples, stats);
  }
  const std::int64_t parts = plan.parts;
  const auto compute = [&](SampleIndices part) { return MinibatchPass(policy, data.rows, part, options, group); };
  // Threshold and statistics are those of the whole minibatch. If its gradients are computed in parts, a pass without
  // gradients comes first.
  std::optional<MinibatchPass> whole;
  if (parts == 1) whole.emplace(compute(samples));
  const TokenOutputs out = whole ? whole->outputs() : measure(policy, data, samples, options, parts);
  const LossInput input = loss_input(data, samples, out);
  Losses losses = ppo_losses(input, config);
  // Different processors round differently, so a minibatch is above the threshold for all processes if it is for one.
  const RatioCheck check = check_ratio(group.any(losses.mean_ratio.item<double>() > config.ratio_threshold), config);
  if (check == RatioCheck::kZeroLoss) zero(losses);
  stats.minibatches.push_back(minibatch_stats(input, losses, out.entropy));
  if (check == RatioCheck::kSkip) return false;
  if (group.any(!losses.total.isfinite().item<bool>())) throw_nonfinite_loss();
  const auto accumulated = static_cast<double>(config.gradient_accumulation_steps);
  if (whole) {
    whole->add_gradients(losses.total / accumulated);
    return true;
  }
  for_each_part(all_of(samples), parts, [&](Range part) {
    const SampleIndices own = samples_of(samples, part);
    MinibatchPass pass = compute(own);
    LossInput part_input = loss_input(data, own, pass.outputs());
    part_input.tokens = input.tokens;
    pass.add_gradients(ppo_losses(part_input, config).total * (check == RatioCheck::kZeroLoss ? 0.0 : 1.0) /
                       accumulated);
  });
  return true;
}

void add_ptx_gradients(const UpdateContext& update, const TokenRows& rows, std::int64_t minibatch, UpdateStats& stats) {
  const Policy& policy = update.policy;
  const PpoConfig& config = update.config;
  const PassPlan& plan = update.plan;
  Communicator& group = update.group;
  const std::int64_t count = static_cast<std::int64_t>(rows.size()) / (config.ppo_epochs * config.minibatches());
  const std::int64_t start = minibatch * count;
  const auto begin = rows.begin() + start;
  std::int64_t tokens = 0;
  std::for_each(begin, begin + count, [&](const auto& row) { tokens += static_cast<std::int64_t>(row.size()) - 1; });
  const Range own = group.shard(count);
  const double scale = config.ptx_coef / static_cast<double>(tokens * config.gradient_accumulation_steps);
  double sum = 0.0;
  const PassOptions options{.autocast = config.autocast_bf16, .capture = plan.capture};
  for_each_part({start + own.begin, start + own.end}, plan.parts,
                [&](Range part) { sum += add_next_token_gradients(*policy.lm, rows, {}, part, scale, options); });
  stats.ptx_losses.push_back(group.sum(sum / static_cast<double>(tokens)));
}

}  // namespace dppo
