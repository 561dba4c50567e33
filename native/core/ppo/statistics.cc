#include "ppo/statistics.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <array>
#include <cmath>
#include <limits>

#include "ppo/masked.h"

namespace dppo {

namespace {

constexpr std::array<const char*, 15> kMinibatchNames{
    "ppo/loss/policy",     "ppo/loss/value",      "ppo/loss/total",      "ppo/policy/entropy",
    "ppo/policy/approxkl", "ppo/policy/policykl", "ppo/policy/clipfrac", "ppo/policy/advantages_mean",
    "ppo/returns/mean",    "ppo/returns/var",     "ppo/val/vpred",       "ppo/val/error",
    "ppo/val/clipfrac",    "ppo/val/mean",        "ppo/val/var",
};

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

std::vector<float> lengths(const std::vector<std::vector<std::int64_t>>& rows) {
  std::vector<float> result;
  for (const auto& row : rows) result.push_back(static_cast<float>(row.size()));
  return result;
}

}  // namespace

MinibatchStats minibatch_stats(const LossInput& in, const Losses& losses, const at::Tensor& entropy) {
  const at::NoGradGuard no_grad;
  const at::Tensor& mask = in.mask;
  const at::Tensor change = in.log_probs.detach() - in.old_log_probs;
  const at::Tensor policy_kl = masked_mean(-change, mask);
  const at::Tensor values = in.values.detach();
  const std::vector<at::Tensor> scalars{
      losses.policy.detach(),
      losses.value.detach(),
      losses.total.detach(),
      masked_mean(entropy, mask),
      0.5 * masked_mean(change.square(), mask),
      policy_kl,
      losses.policy_clipfrac,
      masked_mean(in.advantages, mask),
      masked_mean(in.returns, mask),
      masked_var(in.returns, mask),
      masked_mean(values, mask),
      masked_mean((values - in.returns).square(), mask),
      losses.value_clipfrac,
      masked_mean(in.old_values, mask),
      masked_var(in.old_values, mask),
  };
  return {at::stack(scalars).to(at::kDouble), in.advantages * mask, losses.ratio.detach() * mask,
          policy_kl.item<double>()};
}

double objective_kl(const Rollout& rollout, const at::Tensor& mask) {
  return (rollout.kl * mask).sum(/*dim=*/1).mean().item<double>();
}

void step_stats(const StepRecord& record, PpoStepResult& result) {
  const at::NoGradGuard no_grad;
  const at::Tensor& mask = record.padded.response_mask;
  auto& stats = result.stats;
  auto& arrays = result.arrays;

  const at::Tensor kl = (record.rollout.kl * mask).sum(/*dim=*/1);  // (B)
  stats.emplace_back("objective/kl", kl.mean().item<double>());
  stats.emplace_back("objective/kl_coef", record.kl_coef);
  stats.emplace_back("objective/entropy", (-record.rollout.log_probs * mask).sum(1).mean().item<double>());
  stats.emplace_back("ppo/mean_non_score_reward", masked_mean(record.rewards.non_score, mask).item<double>());
  const Moments score = moments(record.scores);
  stats.emplace_back("ppo/mean_scores", score.mean);
  stats.emplace_back("ppo/std_scores", score.std);
  arrays.emplace_back("objective/kl_dist", floats(kl));
  arrays.emplace_back("objective/logprobs", floats(record.rollout.log_probs));
  arrays.emplace_back("objective/ref_logprobs", floats(record.rollout.reference_log_probs));

  for (const auto& [name, rows] :
       {std::pair("queries", &record.batch.queries), {"responses", &record.batch.responses}}) {
    const auto dist = lengths(*rows);
    const Moments length = moments(dist);
    stats.emplace_back(std::string("tokens/") + name + "_len_mean", length.mean);
    stats.emplace_back(std::string("tokens/") + name + "_len_std", length.std);
    arrays.emplace_back(std::string("tokens/") + name + "_dist", dist);
  }

  std::vector<at::Tensor> scalars, advantages, ratios;
  for (const auto& minibatch : record.minibatches) {
    scalars.push_back(minibatch.scalars);
    advantages.push_back(minibatch.advantages.nan_to_num(/*nan=*/-1.0));
    ratios.push_back(minibatch.ratio);
  }
  const at::Tensor means = at::stack(scalars).mean(/*dim=*/0).to(at::kCPU);
  double error = 0.0;
  double variance = 0.0;
  for (std::size_t i = 0; i < kMinibatchNames.size(); ++i) {
    const double value = means[static_cast<std::int64_t>(i)].item<double>();
    stats.emplace_back(kMinibatchNames[i], value);
    if (std::string(kMinibatchNames[i]) == "ppo/val/error") error = value;
    if (std::string(kMinibatchNames[i]) == "ppo/returns/var") variance = value;
  }
  stats.emplace_back("ppo/val/var_explained", 1.0 - error / variance);
  stats.emplace_back("ppo/learning_rate", record.learning_rate);
  arrays.emplace_back("ppo/policy/advantages", floats(at::cat(advantages)));
  arrays.emplace_back("ppo/policy/ratio", floats(at::cat(ratios)));
}

}  // namespace dppo
