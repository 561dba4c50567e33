// Passes in shapes of their own, as a GPU captures them, against passes without pads. Here the CPU runs both; nothing
// is captured, but everything else is the same.
#include "lm/graphed_passes.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "checkpoint/model_folder.h"
#include "golden.h"
#include "lm/gradients.h"
#include "pass_checks.h"

namespace dppo {
namespace {

constexpr double kTolerance = 2e-5;
constexpr double kAutocastTolerance = 3e-2;

TEST(PassShapes, AreRoundedUpSoThatMinibatchesShareThem) {
  const PpoBatch batch = ragged_batch();
  const StepRows rows = rows_of(batch, at::kCPU);
  const std::vector<std::int64_t> all{0, 1, 2, 3}, some{3, 1};
  PassShape shape{.rows = 4, .width = 64, .tokens = 256, .selected_width = 64, .selected = 128, .predicted = 128};
  EXPECT_EQ(shape_of(targets_of(rows, all)), shape);
  shape.rows = 2;
  EXPECT_EQ(shape_of(targets_of(rows, some)), shape);
}

TEST(PassShapes, HaveMoreTokensThanSelectedOnes) {
  PpoBatch batch;
  batch.queries = {{5}, {6}};
  batch.responses = {std::vector<std::int64_t>(128, 7), std::vector<std::int64_t>(128, 8)};
  const StepRows rows = rows_of(batch, at::kCPU);
  const std::vector<std::int64_t> all{0, 1};
  const PassShape shape = shape_of(targets_of(rows, all));
  EXPECT_EQ(shape.selected, 256);
  EXPECT_EQ(shape.tokens, 512);
  EXPECT_EQ(shape.width, 128);
}

TEST(PassShapes, HaveAPadAndFewerThanTwoUnitsOfThem) {
  for (const std::size_t tokens : {1U, 127U, 128U, 129U, 255U, 256U, 257U, 384U, 511U, 512U}) {
    PpoBatch batch;
    batch.queries = {{5}};
    batch.responses = {std::vector<std::int64_t>(tokens, 7)};
    const PassShape shape = shape_of(targets_of(rows_of(batch, at::kCPU), std::vector<std::int64_t>{0}));
    const std::int64_t pads = shape.tokens - static_cast<std::int64_t>(tokens);
    EXPECT_GE(pads, 1) << tokens;
    EXPECT_LT(pads, 512) << tokens;
  }
}

void expect_graphed_passes_equal_plain_ones(const PassOptions& options, double tolerance) {
  for (const char* name : kPassModels) {
    const auto policy =
        load_policy(golden::path(std::string("models/") + name), {.trainable = true, .value_head = true, .seed = 3});
    GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
    for (const auto& samples : kSampleOrders) {
      const PassResult expected = plain_pass(*policy, samples, options);
      expect_equal(graphed_pass(graphed, *policy, samples, options), expected,
                   std::string(name) + " in a shape of its own", tolerance);
    }
  }
}

TEST(GraphedPasses, PredictAndDifferentiateAsPassesWithoutPads) {
  expect_graphed_passes_equal_plain_ones({.entropy = true}, kTolerance);
}

// Both round to bfloat16, but the queries, keys and values of a token are one product in a captured pass.
TEST(GraphedPasses, CastWeightsAndGradientsAsAutocast) {
  expect_graphed_passes_equal_plain_ones({.autocast = true, .entropy = true}, kAutocastTolerance);
}

TEST(GraphedPasses, AddToGradientsThatAreThere) {
  const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true, .value_head = true, .seed = 3});
  GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
  const auto& samples = kSampleOrders.front();
  const PassResult once = graphed_pass(graphed, *policy, samples, {});
  for (const auto& [name, tensor] : policy->parameters()) tensor.mutable_grad() = at::ones_like(tensor);
  const PassResult more = graphed_pass(graphed, *policy, samples, {}, /*keep_gradients=*/true);
  for (std::size_t i = 0; i < once.gradients.size(); ++i) {
    golden::within("gradients added to ones", golden::deviation(more.gradients[i], once.gradients[i] + 1.0),
                   kTolerance);
  }
}

TEST(GraphedPasses, OfAMinibatchThatWasSkippedLeaveNoTrace) {
  const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true, .value_head = true, .seed = 3});
  GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
  const StepRows rows = rows_of(ragged_batch(), at::kCPU);
  const PassResult expected = plain_pass(*policy, kSampleOrders[0], {});
  for (int i = 0; i < 3; ++i) {
    graphed.forward(targets_of(rows, kSampleOrders[1]), policy->value_head_or_null(), {});
    expect_equal(graphed_pass(graphed, *policy, kSampleOrders[0], {}), expected, "after a skipped minibatch",
                 kTolerance);
  }
}

TEST(GraphedPasses, ForgetShapesWhenThereAreTooMany) {
  const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true, .value_head = true, .seed = 3});
  GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
  expect_equal_over_many_shapes(graphed, *policy, kTolerance);
}

TEST(GraphedPasses, GiveLogitsWithoutGradients) {
  const auto policy = load_policy(golden::path("models/llama_grouped_llama3"), {.value_head = true, .seed = 3});
  const StepRows rows = rows_of(ragged_batch(), at::kCPU);
  GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
  const at::NoGradGuard no_grad;
  const PassOptions options{.logits = true};
  for (int i = 0; i < 3; ++i) {
    const TargetRows targets = targets_of(rows, kSampleOrders[0]);
    const Predictions ours = graphed.forward(targets, policy->value_head_or_null(), options);
    const Predictions expected =
        predict(*policy->lm, policy->value_head_or_null(), on_device(targets, at::kCPU), options);
    golden::within("logits in a shape of its own", golden::deviation(ours.logits, expected.logits), kTolerance);
    EXPECT_FALSE(ours.log_probs.requires_grad());
    EXPECT_FALSE(ours.entropy.defined());
  }
}

TEST(GraphedPasses, HaveTheGradientsOfTheNextTokenLoss) {
  const TokenRows rows{{5, 6, 7, 8, 9}, {10, 11}, {12}, {13, 14, 15}};
  const TokenMasks masks{{1, 1, 0, 1, 1}, {1, 1}, {1}, {0, 1, 0}};
  const Range all{0, 4};
  for (const char* name : kPassModels) {
    const auto policy = load_policy(golden::path(std::string("models/") + name), {.trainable = true});
    const double expected = add_next_token_gradients(*policy->lm, rows, masks, all, 0.5, {});
    const auto gradients = take_gradients(*policy);
    GraphedPasses graphed(*policy->lm, nullptr);
    const TargetRows targets = next_token_targets(rows, masks, all);
    for (int i = 0; i < 3; ++i) {
      const at::Tensor log_probs = graphed.forward(targets, nullptr, {}).log_probs;
      golden::within("next-token loss in a shape of its own", std::abs(expected + log_probs.sum().item<double>()),
                     kTolerance);
      graphed.backward(at::full_like(log_probs, -0.5));
      const auto ours = take_gradients(*policy);
      for (std::size_t g = 0; g < ours.size(); ++g) {
        golden::within("gradients of the next-token loss", golden::deviation(ours[g], gradients[g]), kTolerance);
      }
    }
  }
}

}  // namespace
}  // namespace dppo
