#include "ppo/statistics.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "ppo/masked.h"

namespace dppo {

namespace {

// Scalars of a minibatch that are read again: the first two for the explained variance, the third for early stopping.
constexpr const char* kReturnsVariance = "ppo/returns/var";
constexpr const char* kValueError = "ppo/val/error";
constexpr const char* kPolicyKl = "ppo/policy/policykl";

// Returns the summed penalty of each sample, (B).
at::Tensor sequence_kl(const OldOutputs& old, const at::Tensor& mask) { return (old.kl * mask).sum(/*dim=*/1); }

double mean(const std::vector<double>& values) {
  return std::reduce(values.begin(), values.end()) / static_cast<double>(values.size());
}

std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kFloat).contiguous().flatten();
  const float* data = flat.const_data_ptr<float>();
  return {data, data + flat.numel()};
}

struct Moments {
  double mean;
  double std;  // unbiased; NaN for one value
};

Moments moments(const std::vector<float>& values) {
  double mean = 0.0;
  for (const float value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double squares = 0.0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const double divisor = static_cast<double>(values.size()) - 1.0;
  return {mean, divisor > 0 ? std::sqrt(squares / divisor) : std::numeric_limits<double>::quiet_NaN()};
}

std::vector<float> lengths(const TokenRows& rows) {
  std::vector<float> result;
  for (const auto& row : rows) result.push_back(static_cast<float>(row.size()));
  return result;
}

void add_gradient_stats(const UpdateStats& update, PpoStepResult& result) {
  const auto count = static_cast<double>(update.gradient_norms.size());
  double mean = 0.0;
  for (const double norm : update.gradient_norms) mean += norm / count;
  result.stats.emplace_back("dppo/gradient_norm", mean);
  result.stats.emplace_back("dppo/skipped_minibatches", static_cast<double>(update.skipped));
  result.stats.emplace_back("dppo/minibatch_parts", static_cast<double>(update.parts));
}

void add_objective_stats(const StepData& data, PpoStepResult& result) {
  const at::Tensor& mask = data.rows.response_mask;
  const at::Tensor kl = sequence_kl(data.old, mask);
  const Moments score = moments(data.scores);
  auto& stats = result.stats;
  stats.emplace_back("objective/kl", kl.mean().item<double>());
  stats.emplace_back("objective/kl_coef", data.kl_coef);
  stats.emplace_back("objective/entropy", (-data.old.log_probs * mask).sum(1).mean().item<double>());
  stats.emplace_back("ppo/mean_non_score_reward", masked_mean(data.rewards.non_score, mask).item<double>());
  stats.emplace_back("ppo/mean_scores", score.mean);
  stats.emplace_back("ppo/std_scores", score.std);
  result.arrays.emplace_back("objective/kl_dist", floats(kl));
  result.arrays.emplace_back("objective/logprobs", floats(data.old.log_probs));
  result.arrays.emplace_back("objective/ref_logprobs", floats(data.old.reference_log_probs));
}

void add_length_stats(const std::string& name, const TokenRows& rows, PpoStepResult& result) {
  const auto dist = lengths(rows);
  const Moments length = moments(dist);
  result.stats.emplace_back("tokens/" + name + "_len_mean", length.mean);
  result.stats.emplace_back("tokens/" + name + "_len_std", length.std);
  result.arrays.emplace_back("tokens/" + name + "_dist", dist);
}

void add_minibatch_stats(const std::vector<MinibatchStats>& minibatches, PpoStepResult& result) {
  std::vector<at::Tensor> scalars;
  for (const auto& minibatch : minibatches) scalars.push_back(minibatch.scalars);
  const at::Tensor means = at::stack(scalars).mean(/*dim=*/0);
  double error = 0.0, variance = 0.0;
  std::int64_t index = 0;
  for (const char* name : minibatches.front().names) {
    const double value = means[index++].item<double>();
    if (std::string_view(name) == kValueError) error = value;
    if (std::string_view(name) == kReturnsVariance) variance = value;
    result.stats.emplace_back(name, value);
  }
  result.stats.emplace_back("ppo/val/var_explained", 1.0 - error / variance);
}

void add_minibatch_arrays(const std::vector<MinibatchStats>& minibatches, PpoStepResult& result) {
  std::vector<at::Tensor> advantages, ratios;
  for (const auto& minibatch : minibatches) {
    advantages.push_back(minibatch.advantages.nan_to_num(/*nan=*/-1.0));
    ratios.push_back(minibatch.ratio);
  }
  result.arrays.emplace_back("ppo/policy/advantages", floats(at::cat(advantages)));
  result.arrays.emplace_back("ppo/policy/ratio", floats(at::cat(ratios)));
}

}  // namespace

void append(UpdateStats& update, const UpdateStats& added) {
  update.minibatches.insert(update.minibatches.end(), added.minibatches.begin(), added.minibatches.end());
  update.ptx_losses.insert(update.ptx_losses.end(), added.ptx_losses.begin(), added.ptx_losses.end());
  update.gradient_norms.insert(update.gradient_norms.end(), added.gradient_norms.begin(), added.gradient_norms.end());
  update.skipped += added.skipped;
}

MinibatchScalars minibatch_scalars(const LossInput& in, const Losses& losses, const at::Tensor& entropy) {
  const at::NoGradGuard no_grad;
  const at::Tensor& mask = in.mask;
  const at::Tensor change = in.log_probs.detach() - in.old_log_probs;
  const at::Tensor values = in.values.detach();
  const std::vector<std::pair<const char*, at::Tensor>> named{
      {"ppo/loss/policy", losses.policy.detach()},
      {"ppo/loss/value", losses.value.detach()},
      {"ppo/loss/total", losses.total.detach()},
      {"ppo/policy/entropy", masked_mean(entropy, mask)},
      {"ppo/policy/approxkl", 0.5 * masked_mean(change.square(), mask)},
      {kPolicyKl, masked_mean(-change, mask)},
      {"ppo/policy/clipfrac", losses.policy_clipfrac},
      {"ppo/policy/advantages_mean", masked_mean(in.advantages, mask)},
      {"ppo/returns/mean", masked_mean(in.returns, mask)},
      {kReturnsVariance, masked_var(in.returns, mask)},
      {"ppo/val/vpred", masked_mean(values, mask)},
      {kValueError, masked_mean((values - in.returns).square(), mask)},
      {"ppo/val/clipfrac", losses.value_clipfrac},
      {"ppo/val/mean", masked_mean(in.old_values, mask)},
      {"ppo/val/var", masked_var(in.old_values, mask)},
  };
  std::vector<const char*> names;
  std::vector<at::Tensor> scalars;
  for (const auto& [name, scalar] : named) {
    names.push_back(name);
    scalars.push_back(scalar);
  }
  return {std::move(names), at::stack(scalars).to(at::kDouble)};
}

MinibatchStats make_stats(const MinibatchScalars& scalars) {
  const auto index = std::ranges::find(scalars.names, std::string_view(kPolicyKl)) - scalars.names.begin();
  const at::Tensor values = scalars.values.cpu();
  return {.names = scalars.names,
          .scalars = values,
          .advantages = {},
          .ratio = {},
          .policy_kl = values[index].item<double>()};
}

MinibatchStats minibatch_stats(const LossInput& in, const Losses& losses, const at::Tensor& entropy) {
  const at::NoGradGuard no_grad;
  MinibatchStats stats = make_stats(minibatch_scalars(in, losses, entropy));
  stats.advantages = in.advantages * in.mask;
  stats.ratio = losses.ratio.detach() * in.mask;
  return stats;
}

double objective_kl(const OldOutputs& old, const at::Tensor& mask) {
  return sequence_kl(old, mask).mean().item<double>();
}

void step_stats(const StepData& data, const UpdateStats& update, PpoStepResult& result) {
  const at::NoGradGuard no_grad;
  add_gradient_stats(update, result);
  add_objective_stats(data, result);
  add_length_stats("queries", data.batch.queries, result);
  add_length_stats("responses", data.batch.responses, result);
  add_minibatch_stats(update.minibatches, result);
  if (!update.ptx_losses.empty()) result.stats.emplace_back("ppo/loss/ptx", mean(update.ptx_losses));
  result.stats.emplace_back("ppo/learning_rate", data.learning_rate);
  add_minibatch_arrays(update.minibatches, result);
  result.gradient_norms = update.gradient_norms;
}

}  // namespace dppo
