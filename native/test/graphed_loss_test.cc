// Loss, gradients and statistics in the shapes that a GPU captures, against the same formulas on the tensors of the
// step. Here the CPU runs both.
#include "ppo/graphed_loss.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "dist/communicator.h"
#include "golden.h"
#include "pass_checks.h"
#include "ppo/loss.h"
#include "ppo/minibatch.h"

namespace dppo {
namespace {

constexpr double kTolerance = 1e-6;
constexpr double kPassTolerance = 2e-5;

at::Tensor random_like(const at::Tensor& mask) { return at::randn(mask.sizes()) * mask; }

StepData random_step(const PpoBatch& batch) {
  StepData data{
      .batch = batch, .rows = rows_of(batch, at::kCPU), .scores = {}, .old = {}, .rewards = {}, .advantages = {}};
  const at::Tensor& mask = data.rows.response_mask;
  data.old.log_probs = random_like(mask);
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
                    .old_log_probs = pick(data.old.log_probs),
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

TEST(GraphedLoss, GiveLossGradientsAndStatisticsOfMinibatches) {
  at::manual_seed(5);
  const PpoBatch batch = ragged_batch();
  PpoConfig config;
  config.gradient_accumulation_steps = 2;
  GraphedLoss graphed(config, at::kCPU);
  for (int step = 0; step < 2; ++step) {
    const StepData data = random_step(batch);
    graphed.start(data);
    for (const std::vector<std::int64_t>& samples : kSampleOrders) {
      const at::Tensor mask = mask_of(data.rows, samples);
      const auto flat = [&mask] { return at::randn({mask.sum().item<std::int64_t>()}); };
      const Predictions predictions{flat(), flat(), flat(), {}};
      expect_same(graphed(samples, predictions), plain_loss(data, samples, predictions, config));
    }
  }
}

// A policy, a step of it and a minibatch, and what the minibatch adds in the two ways.
class GraphedMinibatch : public testing::Test {
 protected:
  struct Added {
    std::optional<bool> used;  // empty: it failed
    std::vector<at::Tensor> gradients;
    UpdateStats stats;
  };

  template <typename Add>
  Added added(Add add) const {
    for (const auto& [name, tensor] : policy_->parameters()) tensor.mutable_grad() = at::ones_like(tensor);
    Added result;
    try {
      result.used = add(result.stats);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("the loss is not finite"), std::string::npos) << error.what();
    }
    result.gradients = take_gradients(*policy_);
    return result;
  }

  // Expects what the passes add that are not captured, and returns it.
  Added expect_same_as_plain(const PpoConfig& config) const {
    const std::vector<std::int64_t> samples{3, 1};
    Communicator alone;
    const PassPlan plain_plan;
    const UpdateContext plain_update{*policy_, config, plain_plan, alone};
    const Added plain =
        added([&](UpdateStats& stats) { return add_ppo_gradients(plain_update, data_, samples, stats); });
    GraphedPasses graphed(*policy_->lm, policy_->value_head_or_null());
    GraphedLoss graphed_loss(config, at::kCPU);
    graphed_loss.start(data_);
    const PassPlan plan{.graphed_loss = &graphed_loss};
    const UpdateContext update{*policy_, config, plan, alone};
    for (int i = 0; i < 2; ++i) {
      const Added ours = added([&](UpdateStats& stats) {
        const TargetRows targets = targets_of(data_.rows, samples);
        return add_graphed_gradients(update, graphed, targets, samples, stats);
      });
      EXPECT_EQ(ours.used, plain.used);
      const at::Tensor scalars = plain.stats.minibatches.at(0).scalars;
      EXPECT_LE(golden::deviation(ours.stats.minibatches.at(0).scalars, scalars), kPassTolerance);
      for (std::size_t p = 0; p < plain.gradients.size(); ++p) {
        EXPECT_LE(golden::deviation(ours.gradients[p], plain.gradients[p]), kPassTolerance);
      }
    }
    return plain;
  }

  static bool is_one(const at::Tensor& gradient) { return gradient.eq(1.0).all().item<bool>(); }

  const std::shared_ptr<Policy> policy_ =
      load_policy(golden::path("models/opt_base"), {.trainable = true, .value_head = true, .seed = 3});
  const PpoBatch batch_ = ragged_batch();
  const StepData data_ = random_step(batch_);
};

TEST_F(GraphedMinibatch, AddsTheGradientsOfOneThatIsNotCaptured) {
  PpoConfig config;
  config.gradient_accumulation_steps = 2;
  const Added added = expect_same_as_plain(config);
  EXPECT_EQ(added.used, true);
  EXPECT_FALSE(std::ranges::all_of(added.gradients, is_one));
}

TEST_F(GraphedMinibatch, AddsNothingAboveTheThreshold) {
  PpoConfig config;
  config.ratio_threshold = 1e-6;
  const Added added = expect_same_as_plain(config);
  EXPECT_EQ(added.used, false);
  EXPECT_TRUE(std::ranges::all_of(added.gradients, is_one));
}

TEST_F(GraphedMinibatch, AddsZerosAboveTheThresholdWithTheParityOfTrl) {
  PpoConfig config;
  config.ratio_threshold = 1e-6;
  config.trl_parity = true;
  const Added added = expect_same_as_plain(config);
  EXPECT_EQ(added.used, true);
  EXPECT_TRUE(std::ranges::all_of(added.gradients, is_one));
  EXPECT_TRUE(added.stats.minibatches.at(0).scalars.narrow(0, 0, kLossScalars).eq(0.0).all().item<bool>());
}

TEST_F(GraphedMinibatch, FailsWhenTheLossIsNotFinite) {
  const at::NoGradGuard no_grad;
  policy_->value_head->bias.fill_(std::numeric_limits<float>::infinity());
  const at::AutoGradMode with_gradients(true);
  EXPECT_EQ(expect_same_as_plain({}).used, std::nullopt);
}

TEST(GraphedLoss, ListsTheLossesBeforeOtherScalars) {
  const PpoBatch batch = ragged_batch();
  const PpoConfig config;
  const StepData data = random_step(batch);
  GraphedLoss graphed(config, at::kCPU);
  graphed.start(data);
  const std::vector<std::int64_t> samples{0};
  const MinibatchLoss loss = graphed(samples, {at::zeros({2}), at::zeros({2}), at::zeros({2}), {}});
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(loss.stats.names.size()); ++i) {
    EXPECT_EQ(std::string(loss.stats.names[static_cast<std::size_t>(i)]).starts_with("ppo/loss/"), i < kLossScalars);
  }
}

}  // namespace
}  // namespace dppo
