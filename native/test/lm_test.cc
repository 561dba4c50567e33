// Next-token training: its loss against log-probabilities taken row by row, and that it learns.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "golden.h"
#include "lm/loss.h"
#include "lm/trainer.h"
#include "model/scoring.h"

namespace dppo {
namespace {

const golden::Rows kRows{{5, 6, 7, 8, 9}, {10, 11}, {12, 13, 14}};

TEST(NextToken, LossIsTheSumOverRowsTakenAlone) {
  for (const char* name : {"opt_base", "opt_projected_post_norm", "llama_grouped_llama3"}) {
    const auto policy = load_policy(golden::path(std::string("models/") + name), {});
    const at::NoGradGuard no_grad;
    double all = 0.0;
    double some = 0.0;
    const TokenMasks masks{{1, 0, 1, 0, 1}, {0, 1}, {1, 1, 0}};
    for (std::size_t i = 0; i < kRows.size(); ++i) {
      const at::Tensor log_probs = row_log_probs(*policy->lm, {kRows[i]}).front();
      for (std::int64_t t = 0; t < log_probs.numel(); ++t) {
        const double nats = -log_probs[t].item<double>();
        all += nats;
        if (masks[i][static_cast<std::size_t>(t) + 1] != 0) some += nats;
      }
    }
    const NextTokenLoss whole = next_token_loss(*policy->lm, kRows, {});
    const NextTokenLoss masked = next_token_loss(*policy->lm, kRows, masks);
    EXPECT_EQ(whole.tokens, 7);
    EXPECT_EQ(masked.tokens, 4);
    golden::within(std::string("next-token loss ") + name, std::abs(whole.nats - all), 5e-5);
    golden::within(std::string("next-token loss ") + name + ", masked", std::abs(masked.nats - some), 5e-5);
    EXPECT_GT(std::abs(whole.nats - some), 1e-2) << "the mask must matter";
  }
}

TEST(NextToken, TrainingLearnsTheRows) {
  const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true});
  LmTrainer trainer(policy, {.learning_rate = 0.01, .warmup_steps = 2, .total_steps = 60});
  const double first = trainer.step(kRows).loss;
  double last = first;
  for (int i = 0; i < 59; ++i) last = trainer.step(kRows).loss;
  EXPECT_LT(last, 0.2 * first);
}

TEST(LmOptions, OutOfRangeAreRefusedByName) {
  const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true});
  const auto message = [&policy](const LmConfig& config) -> std::string {
    try {
      LmTrainer trainer(policy, config);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      return error.what();
    }
    return "accepted";
  };
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(message({.max_grad_norm = 0.0, .warmup_steps = 0, .min_learning_rate = 0.0, .dropout = 0.9}), "accepted");
  EXPECT_EQ(message({.learning_rate = infinity}), "learningRate: expected a number above 0");
  EXPECT_EQ(message({.beta1 = 1.0}), "beta1: expected a number in [0, 1)");
  EXPECT_EQ(message({.eps = 0.0}), "eps: expected a number above 0");
  EXPECT_EQ(message({.weight_decay = -0.1}), "weightDecay: expected a number of at least 0");
  EXPECT_EQ(message({.max_grad_norm = nan}), "maxGradNorm: expected a number of at least 0");
  EXPECT_EQ(message({.warmup_steps = -1}), "warmupSteps: expected at least 0");
  EXPECT_EQ(message({.total_steps = 0}), "totalSteps: expected at least 1");
  EXPECT_EQ(message({.min_learning_rate = nan}), "minLearningRate: expected a number of at least 0");
  EXPECT_EQ(message({.dropout = 0.91}), "dropout: expected a number in [0, 0.9]");
  LmTrainer trainer(policy, {});
  const auto expect_refused = [&trainer](const LmPlan& plan, const std::string& said) {
    expect_error(
        ErrorKind::kConfig, [&] { trainer.step(kRows, {}, plan); }, said);
  };
  expect_refused({.warmup_steps = -1}, "warmupSteps");
  expect_refused({.total_steps = 0}, "totalSteps");
}

TEST(NextToken, RefusesWhatCannotBeTrained) {
  const auto frozen = load_policy(golden::path("models/opt_base"), {});
  expect_error(
      ErrorKind::kConfig, [&] { LmTrainer(frozen, {}); }, "trainable");
  const auto refused = [&](const golden::Rows& rows, const TokenMasks& masks) {
    expect_error(ErrorKind::kShape, [&] { next_token_loss(*frozen->lm, rows, masks); });
  };
  refused({}, {});
  refused({{}}, {});
  refused({{5}}, {});
  refused({{5, 40}}, {});
  refused({std::vector<std::int64_t>(33, 5)}, {});
  refused({{5, 6}}, {{1}});
  refused({{5, 6}}, {{1, 0}});
  refused({{5, 6}}, {{1, 1}, {1, 1}});
}

}  // namespace
}  // namespace dppo
