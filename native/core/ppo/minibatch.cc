#include "ppo/minibatch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/index_tensor.h"
#include "base/parts.h"
#include "lm/gradients.h"
#include "model/linear.h"
#include "ppo/loss.h"
#include "ppo/minibatch_pass.h"
#include "ppo/rollout.h"

namespace dppo {

namespace {

// Calls visit(part) for at most `parts` parts of the samples.
template <typename Visit>
void for_each_part(Samples samples, std::int64_t parts, Visit visit) {
  dppo::for_each_part(static_cast<std::int64_t>(samples.size()), parts, [&](std::int64_t first, std::int64_t count) {
    visit(samples.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
  });
}

// The outputs for all samples without gradients, computed in parts.
TokenOutputs measure(const Policy& policy, const StepData& data, Samples samples, const PpoConfig& config,
                     std::int64_t parts) {
  const at::NoGradGuard no_grad;
  const SameProductsScope same_products;
  std::vector<at::Tensor> mask, log_probs, values, entropy;
  for_each_part(samples, parts, [&](Samples part) {
    const TokenOutputs out = forward_tokens(policy, data.rows, part, /*with_entropy=*/true, config.autocast_bf16);
    mask.push_back(out.mask);
    log_probs.push_back(out.log_probs);
    values.push_back(out.values);
    entropy.push_back(out.entropy);
  });
  return {at::cat(mask), {}, at::cat(log_probs), at::cat(values), at::cat(entropy)};
}

LossInput loss_input(const StepData& data, Samples samples, const TokenOutputs& out) {
  const at::Tensor index = index_tensor(samples, data.rows.response_mask.device());
  const auto pick = [&index](const at::Tensor& tensor) { return tensor.index_select(0, index); };
  return {.log_probs = out.log_probs,
          .values = out.values,
          .old_log_probs = pick(data.rollout.log_probs),
          .old_values = pick(data.advantages.values),
          .advantages = pick(data.advantages.advantages),
          .returns = pick(data.advantages.returns),
          .mask = out.mask,
          .tokens = out.mask.sum()};
}

}  // namespace

bool add_ppo_gradients(const Policy& policy, const StepData& data, Samples samples, const PpoConfig& config,
                       std::int64_t parts, Communicator& group, UpdateRecord& record) {
  const auto compute = [&](Samples part) {
    return MinibatchPass(policy, data.rows, part, config.autocast_bf16, group);
  };
  // Threshold and statistics are those of the whole minibatch. If its gradients are computed in parts, a pass without
  // gradients comes first.
  std::optional<MinibatchPass> whole;
  if (parts == 1) whole.emplace(compute(samples));
  const TokenOutputs out = whole ? whole->outputs() : measure(policy, data, samples, config, parts);
  const LossInput input = loss_input(data, samples, out);
  Losses losses = ppo_losses(input, config);
  // Processors that differ round differently, so all processes follow the one that decides for the rarer way.
  const bool above = group.any(losses.mean_ratio.item<double>() > config.ratio_threshold);
  // TRL multiplies by zero and still steps: Adam's momentum moves the weights.
  const bool silent = above && config.trl_parity;
  if (silent) {
    losses.policy = losses.policy * 0.0;
    losses.value = losses.value * 0.0;
    losses.total = losses.total * 0.0;
  }
  record.minibatches.push_back(minibatch_stats(input, losses, out.entropy));
  if (above && !silent) return false;
  if (group.any(!losses.total.isfinite().item<bool>())) {
    throw Error(ErrorKind::kInternal, "the loss is not finite; lower the learning rate");
  }
  const auto accumulated = static_cast<double>(config.gradient_accumulation_steps);
  if (whole) {
    whole->add_gradients(losses.total / accumulated);
    return true;
  }
  for_each_part(samples, parts, [&](Samples part) {
    MinibatchPass pass = compute(part);
    LossInput share = loss_input(data, part, pass.outputs());
    share.tokens = input.tokens;
    pass.add_gradients(ppo_losses(share, config).total * (silent ? 0.0 : 1.0) / accumulated);
  });
  return true;
}

void add_ptx_gradients(const Policy& policy, const TokenRows& rows, std::int64_t minibatch, const PpoConfig& config,
                       std::int64_t parts, Communicator& group, UpdateRecord& record) {
  const std::int64_t count = static_cast<std::int64_t>(rows.size()) * config.mini_batch_size / config.batch_size;
  const std::int64_t start = minibatch * count;
  const auto begin = rows.begin() + start;
  std::int64_t tokens = 0;
  std::for_each(begin, begin + count, [&](const auto& row) { tokens += static_cast<std::int64_t>(row.size()) - 1; });
  const Share own = group.share(count);
  const double scale = config.ptx_coef / static_cast<double>(tokens * config.gradient_accumulation_steps);
  double sum = 0.0;
  dppo::for_each_part(own.size(), parts, [&](std::int64_t first, std::int64_t size) {
    const Share part{start + own.first + first, start + own.first + first + size};
    sum += add_next_token_gradients(*policy.lm, rows, {}, config.autocast_bf16, part, scale);
  });
  record.ptx_losses.push_back(group.sum(sum / static_cast<double>(tokens)));
}

}  // namespace dppo
