// Loss, gradients and statistics in the shapes that a GPU records, against the same formulas on the tensors of the
// step. Here the CPU runs both.
#include "ppo/loss_records.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "golden.h"
#include "pass_checks.h"
#include "ppo/loss.h"

namespace dppo {
namespace {

constexpr double kTolerance = 1e-6;

at::Tensor random_like(const at::Tensor& mask) { return at::randn(mask.sizes()) * mask; }

StepData random_step(const PpoBatch& batch) {
  StepData data{
      .batch = batch, .rows = rows_of(batch, at::kCPU), .scores = {}, .rollout = {}, .rewards = {}, .advantages = {}};
  const at::Tensor& mask = data.rows.response_mask;
  data.rollout.log_probs = random_like(mask);
  data.advantages = {random_like(mask), random_like(mask), random_like(mask)};
  return data;
}

struct Expected {
  LossInput input;
  Losses losses;
  std::vector<at::Tensor> gradients;  // (n) of log-probabilities and values
  MinibatchStats stats;
};

Expected plain_loss(const StepData& data, SampleIndices samples, const Predictions& predictions,
                    const PpoConfig& config) {
  const at::Tensor mask = mask_of(data.rows, samples);
  const at::Tensor index = at::tensor(std::vector<std::int64_t>(samples.begin(), samples.end()));
  const auto pick = [&](const at::Tensor& x) { return x.index_select(0, index); };
  at::Tensor log_probs = scatter_masked(mask, predictions.log_probs).requires_grad_();
  at::Tensor values = scatter_masked(mask, predictions.values).requires_grad_();
  Expected expected;
  expected.input = {.log_probs = log_probs,
                    .values = values,
                    .old_log_probs = pick(data.rollout.log_probs),
                    .old_values = pick(data.advantages.values),
                    .advantages = pick(data.advantages.advantages),
                    .returns = pick(data.advantages.returns),
                    .mask = mask,
                    .tokens = mask.sum()};
  expected.losses = ppo_losses(expected.input, config);
  const auto steps = static_cast<double>(config.gradient_accumulation_steps);
  for (const at::Tensor& gradient : torch::autograd::grad({expected.losses.total / steps}, {log_probs, values})) {
    expected.gradients.push_back(select_masked(mask, gradient));
  }
  expected.stats = minibatch_stats(expected.input, expected.losses, scatter_masked(mask, predictions.entropy));
  return expected;
}

void expect_same(const MinibatchLoss& ours, const Expected& expected) {
  const auto within = [](const char* what, const at::Tensor& a, const at::Tensor& b) {
    golden::within(what, golden::deviation(a, b), kTolerance);
  };
  EXPECT_NEAR(ours.total, expected.losses.total.item<double>(), kTolerance);
  EXPECT_NEAR(ours.mean_ratio, expected.losses.mean_ratio.item<double>(), kTolerance);
  EXPECT_NEAR(ours.stats.policy_kl, expected.stats.policy_kl, kTolerance);
  within("gradients of log-probabilities", ours.log_prob_gradients, expected.gradients[0]);
  within("gradients of values", ours.value_gradients, expected.gradients[1]);
  within("scalars", ours.stats.scalars, expected.stats.scalars);
  within("advantages", ours.stats.advantages, expected.stats.advantages);
  within("ratio", ours.stats.ratio, expected.stats.ratio);
  ASSERT_EQ(ours.stats.names.size(), expected.stats.names.size());
  for (std::size_t i = 0; i < ours.stats.names.size(); ++i) EXPECT_STREQ(ours.stats.names[i], expected.stats.names[i]);
}

TEST(LossRecords, GiveLossGradientsAndStatisticsOfMinibatches) {
  at::manual_seed(5);
  const PpoBatch batch = ragged_batch();
  PpoConfig config;
  config.gradient_accumulation_steps = 2;
  LossRecords records(config, at::kCPU);
  for (int step = 0; step < 2; ++step) {
    const StepData data = random_step(batch);
    records.start(data);
    for (const std::vector<std::int64_t>& samples : kSampleOrders) {
      const at::Tensor mask = mask_of(data.rows, samples);
      const auto flat = [&mask] { return at::randn({mask.sum().item<std::int64_t>()}); };
      const Predictions predictions{flat(), flat(), flat(), {}};
      expect_same(records(samples, predictions), plain_loss(data, samples, predictions, config));
    }
  }
}

TEST(LossRecords, NameTheLossesFirst) {
  const PpoBatch batch = ragged_batch();
  const PpoConfig config;
  const StepData data = random_step(batch);
  LossRecords records(config, at::kCPU);
  records.start(data);
  const std::vector<std::int64_t> samples{0};
  const MinibatchLoss loss = records(samples, {at::zeros({2}), at::zeros({2}), at::zeros({2}), {}});
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(loss.stats.names.size()); ++i) {
    EXPECT_EQ(std::string(loss.stats.names[static_cast<std::size_t>(i)]).starts_with("ppo/loss/"), i < kLossScalars);
  }
}

}  // namespace
}  // namespace dppo
