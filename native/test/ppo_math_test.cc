// The formulas of PPO: cases worked out by hand, finite differences in float64, and refusals.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "golden.h"
#include "model/log_probs.h"
#include "ppo/advantages.h"
#include "ppo/batch.h"
#include "ppo/kl_controller.h"
#include "ppo/loss.h"
#include "ppo/masked.h"
#include "ppo/rewards.h"

namespace dppo {
namespace {

at::Tensor matrix(const std::vector<std::vector<double>>& rows) {
  std::vector<at::Tensor> list;
  for (const auto& row : rows) list.push_back(at::tensor(row, at::kDouble));
  return at::stack(list);
}

TEST(Masked, StatisticsIgnoreWhatIsMasked) {
  const at::Tensor x = matrix({{1, 2, 99}, {3, 99, 6}});
  const at::Tensor mask = matrix({{1, 1, 0}, {1, 0, 1}});
  EXPECT_DOUBLE_EQ(masked_mean(x, mask).item<double>(), 3.0);
  EXPECT_DOUBLE_EQ(masked_var(x, mask).item<double>(), 14.0 / 3.0);  // (4 + 1 + 0 + 9) / 3
  const at::Tensor white = masked_whiten(x, mask, false);
  EXPECT_NEAR(masked_mean(white, mask).item<double>(), 0.0, 1e-12);
  EXPECT_NEAR(masked_var(white, mask).item<double>(), 1.0, 1e-8);
  EXPECT_NEAR(masked_mean(masked_whiten(x, mask, true), mask).item<double>(), 3.0, 1e-12);
  EXPECT_EQ(masked_var(x, matrix({{1, 0, 0}, {0, 0, 0}})).item<double>(), 0.0);
}

TEST(Rewards, ScoreGoesToTheLastCountedToken) {
  const at::Tensor kl = matrix({{9, 0.5, 0.25, 9}, {9, 9, 1, 2}});
  const at::Tensor mask = matrix({{0, 1, 1, 0}, {0, 0, 1, 0}});
  const TokenRewards rewards = token_rewards(kl, {2.0F, -1.0F}, mask, 0.2);
  EXPECT_NEAR(rewards.total[0][1].item<double>(), -0.1, 1e-12);
  EXPECT_NEAR(rewards.total[0][2].item<double>(), -0.05 + 2.0, 1e-12);
  EXPECT_NEAR(rewards.total[1][2].item<double>(), -0.2 - 1.0, 1e-12);
  EXPECT_NEAR(rewards.non_score[1][2].item<double>(), -0.2, 1e-12);
}

TEST(Rewards, PenaltiesEqualThoseComputedByHand) {
  const at::Tensor p = at::tensor({-1.0, -2.0}, at::kDouble);
  const at::Tensor q = at::tensor({-1.5, -1.0}, at::kDouble);
  EXPECT_TRUE(at::allclose(kl_of_samples(KlPenalty::kKl, p, q), at::tensor({0.5, -1.0}, at::kDouble)));
  EXPECT_TRUE(at::allclose(kl_of_samples(KlPenalty::kAbs, p, q), at::tensor({0.5, 1.0}, at::kDouble)));
  EXPECT_TRUE(at::allclose(kl_of_samples(KlPenalty::kMse, p, q), at::tensor({0.125, 0.5}, at::kDouble)));
  // Two outcomes: p = (0.8, 0.2), q = (0.5, 0.5).
  const at::Tensor full = kl_of_logits(at::tensor({0.8, 0.2}).log(), at::tensor({0.5, 0.5}).log());
  EXPECT_NEAR(full.item<double>(), 0.8 * std::log(1.6) + 0.2 * std::log(0.4), 1e-6);
  EXPECT_THROW(parse_enum<KlPenalty>("klPenalty", "reverse"), Error);
}

TEST(Scores, RunningMomentsEqualThoseComputedByHand) {
  RunningMoments moments;
  moments.update({1.0F, 3.0F});
  EXPECT_NEAR(moments.mean, 2.0, 1e-9);
  EXPECT_NEAR(moments.std, std::sqrt(2.0), 1e-9);
  moments.update({5.0F, 7.0F});
  EXPECT_NEAR(moments.mean, 4.0, 1e-9);
  EXPECT_NEAR(moments.std, std::sqrt(20.0 / 3.0), 1e-9);
  PpoConfig config;
  config.use_score_scaling = true;
  config.use_score_norm = true;
  config.score_clip = 0.5;
  RunningMoments fresh;
  const std::vector<float> scores = prepare_scores({1.0F, 3.0F}, config, fresh);
  EXPECT_EQ(scores, (std::vector<float>{-0.5F, 0.5F}));  // +-1 / sqrt(2), clipped
  config.use_score_scaling = false;
  EXPECT_EQ(prepare_scores({0.1F, 3.0F}, config, fresh), (std::vector<float>{0.1F, 0.5F}));
}

TEST(Advantages, EqualThoseComputedByHand) {
  // One row with three counted tokens, gamma 0.5, lambda 0.5; a second row makes whitening possible.
  PpoConfig config;
  config.gamma = 0.5;
  config.lam = 0.5;
  const at::Tensor rewards = matrix({{7, 0, 1, 2, 7}});
  const at::Tensor values = matrix({{7, 1, 2, 4, 7}});
  const at::Tensor mask = matrix({{0, 1, 1, 1, 0}});
  const Advantages result = estimate_advantages(rewards, values, mask, config);
  // deltas: 2 - 4 = -2; 1 + 0.5 * 4 - 2 = 1; 0 + 0.5 * 2 - 1 = 0. advantages: -2; 1 - 0.5 = 0.5; 0 + 0.125.
  EXPECT_NEAR(result.returns[0][1].item<double>(), 1.125, 1e-12);
  EXPECT_NEAR(result.returns[0][2].item<double>(), 2.5, 1e-12);
  EXPECT_NEAR(result.returns[0][3].item<double>(), 2.0, 1e-12);
  const double mean = (0.125 + 0.5 - 2.0) / 3.0;
  const double variance = (std::pow(0.125 - mean, 2) + std::pow(0.5 - mean, 2) + std::pow(-2.0 - mean, 2)) / 2.0;
  EXPECT_NEAR(result.advantages[0][2].item<double>(), (0.5 - mean) / std::sqrt(variance + 1e-8), 1e-12);
}

TEST(Advantages, LambdaOneGivesDiscountedSumsAndZeroGivesOneStep) {
  const at::Tensor mask = at::ones({2, 6}, at::kDouble);
  const at::Tensor rewards = golden::noise({2, 6}, 1);
  const at::Tensor values = golden::noise({2, 6}, 2);
  PpoConfig config;
  config.gamma = 0.9;
  config.lam = 1.0;
  const at::Tensor monte_carlo = estimate_advantages(rewards, values, mask, config).returns;
  config.lam = 0.0;
  const at::Tensor one_step = estimate_advantages(rewards, values, mask, config).returns;
  for (std::int64_t row = 0; row < 2; ++row) {
    double sum = 0.0;
    for (std::int64_t t = 5; t >= 0; --t) {
      sum = rewards[row][t].item<double>() + 0.9 * sum;
      EXPECT_NEAR(monte_carlo[row][t].item<double>(), sum, 1e-12);
      const double next = t < 5 ? values[row][t + 1].item<double>() : 0.0;
      EXPECT_NEAR(one_step[row][t].item<double>(), rewards[row][t].item<double>() + 0.9 * next, 1e-12);
    }
  }
}

TEST(Advantages, WhitenedRewardsLeakThroughPaddingInParityOnly) {
  const at::Tensor rewards = golden::noise({2, 5}, 3);
  const at::Tensor values = golden::noise({2, 5}, 4);
  const at::Tensor mask = matrix({{0, 1, 1, 0, 0}, {0, 1, 1, 1, 1}});
  PpoConfig config;
  config.whiten_rewards = true;
  const at::Tensor ours = estimate_advantages(rewards, values, mask, config).returns * mask;
  config.trl_parity = true;
  const at::Tensor trl = estimate_advantages(rewards, values, mask, config).returns * mask;
  EXPECT_GT(golden::deviation(ours[0], trl[0]), 1e-3) << "padding follows the first row";
  EXPECT_LT(golden::deviation(ours[1], trl[1]), 1e-12) << "nothing follows the second";
}

TEST(Advantages, ASingleCountedTokenHasTheAdvantageZero) {
  const at::Tensor mask = matrix({{0, 1}});
  const Advantages one = estimate_advantages(matrix({{0, 3}}), matrix({{0, 1}}), mask, {});
  EXPECT_EQ(one.advantages[0][1].item<double>(), 0.0);
  EXPECT_EQ(one.returns[0][1].item<double>(), 3.0);  // advantage 3 - 1, plus the value 1
}

struct LossCase {
  LossInput in;
  PpoConfig config;
};

// Everything near the clipping borders, on both sides of them.
LossCase loss_case(std::uint64_t seed) {
  LossCase c;
  c.in.old_log_probs = golden::noise({3, 7}, seed) - 2.0;
  c.in.log_probs = c.in.old_log_probs + 0.3 * golden::noise({3, 7}, seed + 1);
  c.in.old_values = golden::noise({3, 7}, seed + 2);
  c.in.values = c.in.old_values + 0.3 * golden::noise({3, 7}, seed + 3);
  c.in.advantages = golden::noise({3, 7}, seed + 4);
  c.in.returns = golden::noise({3, 7}, seed + 5);
  c.in.mask = (golden::noise({3, 7}, seed + 6) > -0.5).to(at::kDouble);
  c.in.tokens = c.in.mask.sum();
  return c;
}

double largest_gradient_error(const at::Tensor& at_point, const std::function<at::Tensor(const at::Tensor&)>& loss) {
  const at::Tensor x = at_point.detach().clone().requires_grad_(true);
  loss(x).backward();
  const at::Tensor gradient = x.grad();
  double worst = 0.0;
  constexpr double kStep = 1e-6;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const auto value = [&](double change) {
      at::Tensor moved = at_point.detach().clone();
      moved.view(-1)[i] += change;
      return loss(moved).item<double>();
    };
    const double numeric = (value(kStep) - value(-kStep)) / (2 * kStep);
    worst = std::max(worst, std::abs(numeric - gradient.view(-1)[i].item<double>()));
  }
  return worst;
}

TEST(Losses, GradientsEqualFiniteDifferences) {
  for (std::uint64_t seed = 10; seed < 50; seed += 10) {
    const LossCase c = loss_case(seed);
    const auto with_log_probs = [&c](const at::Tensor& x) {
      LossInput in = c.in;
      in.log_probs = x;
      return ppo_losses(in, c.config).total;
    };
    const auto with_values = [&c](const at::Tensor& x) {
      LossInput in = c.in;
      in.values = x;
      return ppo_losses(in, c.config).total;
    };
    golden::within("loss gradient by log-probs, float64, seed " + std::to_string(seed),
                   largest_gradient_error(c.in.log_probs, with_log_probs), 1e-8);
    golden::within("loss gradient by values, float64, seed " + std::to_string(seed),
                   largest_gradient_error(c.in.values, with_values), 1e-8);
    const auto shifted = [&](const at::Tensor& x) { return with_log_probs(x) + 1e-5 * x.sum().detach() * x.sum(); };
    EXPECT_GT(largest_gradient_error(c.in.log_probs, shifted), 1e-8) << "a wrong gradient must be noticed";
  }
}

TEST(Losses, LogProbsAndEntropyEqualFiniteDifferencesAndSums) {
  const at::Tensor logits = golden::noise({4, 9}, 77);
  const at::Tensor ids = at::tensor(std::vector<std::int64_t>{0, 8, 3, 3}, at::kLong);
  const auto sum = [&ids](const at::Tensor& x) { return token_log_probs(x, ids).sum(); };
  golden::within("token log-prob gradient, float64", largest_gradient_error(logits, sum), 1e-8);
  const at::Tensor p = logits.softmax(-1);
  golden::within("token entropy, float64", golden::deviation(token_entropy(logits), -(p * p.log()).sum(-1)), 1e-12);
}

TEST(Losses, ClippedOnesEqualThoseComputedByHand) {
  // One token, advantage 2, ratio e^0.5 beyond 1.2: the gain is capped and its gradient vanishes.
  PpoConfig config;
  LossInput in;
  in.old_log_probs = matrix({{-1.0}});
  in.log_probs = matrix({{-0.5}}).requires_grad_(true);
  in.advantages = matrix({{2.0}});
  in.old_values = matrix({{0.0}});
  in.values = matrix({{1.0}}).requires_grad_(true);
  in.returns = matrix({{2.0}});
  in.mask = matrix({{1.0}});
  in.tokens = in.mask.sum();
  const Losses losses = ppo_losses(in, config);
  EXPECT_NEAR(losses.policy.item<double>(), -2.4, 1e-12);
  EXPECT_NEAR(losses.policy_clipfrac.item<double>(), 1.0, 0);
  // The value moved from 0 to 1, allowed is 0.2: (0.2 - 2)^2 exceeds (1 - 2)^2.
  EXPECT_NEAR(losses.value.item<double>(), 0.5 * 1.8 * 1.8, 1e-12);
  EXPECT_NEAR(losses.value_clipfrac.item<double>(), 1.0, 0);
  EXPECT_NEAR(losses.total.item<double>(), -2.4 + 0.1 * 0.5 * 1.8 * 1.8, 1e-12);
  losses.total.backward();
  EXPECT_EQ(in.log_probs.grad().item<double>(), 0.0);
  EXPECT_EQ(in.values.grad().item<double>(), 0.0);
}

TEST(Losses, TiesCountAsNotClipped) {
  LossInput in;
  in.old_log_probs = in.log_probs = matrix({{-1.0, -2.0}});
  in.old_values = in.values = in.returns = in.advantages = matrix({{0.5, 1.0}});
  in.mask = matrix({{1.0, 1.0}});
  in.tokens = in.mask.sum();
  const Losses losses = ppo_losses(in, {});
  EXPECT_EQ(losses.policy_clipfrac.item<double>(), 0.0);
  EXPECT_EQ(losses.value_clipfrac.item<double>(), 0.0);
  EXPECT_EQ(losses.mean_ratio.item<double>(), 1.0);
}

TEST(KlControl, AdaptsWithinItsBounds) {
  PpoConfig config;
  config.target = 6.0;
  config.horizon = 100.0;
  KlController controller(config);
  controller.update(6.6, 10);  // error 0.1
  EXPECT_NEAR(controller.coefficient(), 0.2 * 1.01, 1e-12);
  controller.update(1000.0, 10);  // error limited to 0.2
  EXPECT_NEAR(controller.coefficient(), 0.2 * 1.01 * 1.02, 1e-12);
  config.adap_kl_ctrl = false;
  KlController fixed(config);
  fixed.update(1000.0, 10);
  EXPECT_EQ(fixed.coefficient(), 0.2);
}

TEST(StepRows, MasksPointAtWhatPredictsTheResponse) {
  PpoConfig config;
  config.pad_token_id = 9;
  PpoBatch batch;
  batch.queries = {{1, 2}, {3}};
  batch.responses = {{4, 5, 9}, {6, 7}};
  batch.response_masks = {{1, 0, 1}, {1, 1}};
  const StepRows right = join_rows(batch, config, at::kCPU);
  EXPECT_EQ(right.tokens, (TokenRows{{1, 2, 4, 5, 9}, {3, 6, 7}})) << "a pad id inside a response is a real token";
  EXPECT_TRUE(at::equal(right.response_mask, at::tensor({0.F, 1.F, 0.F, 1.F, 1.F, 1.F, 0.F, 0.F}).view({2, 4})));
  config.pad_side = PadSide::kLeft;
  const StepRows left = join_rows(batch, config, at::kCPU);
  EXPECT_TRUE(at::equal(left.response_mask, at::tensor({0.F, 1.F, 0.F, 1.F, 0.F, 0.F, 1.F, 1.F}).view({2, 4})));
}

}  // namespace
}  // namespace dppo
