// Adam, schedules and clipping against independent arithmetic.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "errors.h"
#include "golden.h"
#include "model/joint_linear.h"
#include "optim/adam.h"
#include "optim/backward_update.h"
#include "optim/gradients.h"
#include "optim/schedule.h"

namespace dppo {
namespace {

at::Tensor parameter(const std::vector<double>& values) { return at::tensor(values, at::kDouble).requires_grad_(true); }

// The update rule of Kingma & Ba, algorithm 1, in plain doubles.
double by_hand(double w, const std::vector<double>& gradients, const AdamOptions& o, double rate) {
  double m = 0.0;
  double v = 0.0;
  for (std::size_t k = 1; k <= gradients.size(); ++k) {
    const double g = gradients[k - 1];
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    if (o.decoupled) w *= 1 - rate * o.weight_decay;
    const double mean = m / (1 - std::pow(o.beta1, static_cast<double>(k)));
    const double square = v / (1 - std::pow(o.beta2, static_cast<double>(k)));
    w -= rate * mean / (std::sqrt(square) + o.eps);
  }
  return w;
}

TEST(AdamTest, FollowsTheRule) {
  const std::vector<double> gradients{0.5, -2.0, 1e-9, 3.0};
  for (const bool decoupled : {false, true}) {
    const AdamOptions options{.weight_decay = 0.1, .decoupled = decoupled};
    at::Tensor w = parameter({1.5});
    Adam adam({{"w", w}}, options);
    for (const double g : gradients) {
      w.mutable_grad() = at::tensor({g}, at::kDouble);
      adam.step(0.01);
      adam.zero_grad();
    }
    golden::within(decoupled ? "AdamW, four updates" : "Adam, four updates",
                   std::abs(w.item<double>() - by_hand(1.5, gradients, options, 0.01)), 1e-14);
    EXPECT_GT(std::abs(w.item<double>() - by_hand(1.5, gradients, options, 0.0101)), 1e-6);
    EXPECT_FALSE(w.grad().defined());
  }
}

TEST(AdamTest, ParametersWithoutGradientStay) {
  at::Tensor w = parameter({1.0});
  Adam adam({{"w", w}}, {.weight_decay = 0.5, .decoupled = true});
  adam.step(0.1);
  EXPECT_EQ(w.item<double>(), 1.0);
}

TEST(AdamTest, DecayOfMatricesOnlySparesVectors) {
  at::Tensor vector = parameter({1.0});
  at::Tensor matrix = at::ones({1, 1}, at::kDouble).requires_grad_(true);
  Adam adam({{"vector", vector}, {"matrix", matrix}},
            {.weight_decay = 0.5, .decoupled = true, .decay_matrices_only = true});
  vector.mutable_grad() = at::zeros_like(vector);
  matrix.mutable_grad() = at::zeros_like(matrix);
  adam.step(0.1);
  EXPECT_EQ(vector.item<double>(), 1.0);
  EXPECT_NEAR(matrix.item<double>(), 0.95, 1e-12);
}

TEST(AdamTest, StateContinuesExactly) {
  const auto run = [](Adam& adam, at::Tensor& w, double g) {
    w.mutable_grad() = at::full({2}, g, at::kDouble);
    adam.step(0.05);
  };
  at::Tensor a = parameter({1.0, 2.0});
  Adam first({{"w", a}}, {});
  run(first, a, 0.3);
  at::Tensor b = a.detach().clone().requires_grad_(true);
  Adam second({{"w", b}}, {});
  const NamedTensors state = first.state();
  second.load_state(state, "state");
  run(first, a, -0.7);
  run(second, b, -0.7);
  EXPECT_TRUE(at::equal(a, b));
  at::Tensor other = parameter({1.0});
  Adam wrong({{"w", other}}, {});
  expect_error(
      ErrorKind::kCheckpointFormat, [&] { wrong.load_state(state, "state"); }, "adam.m.w");
  expect_error(
      ErrorKind::kCheckpointFormat, [&] { wrong.load_state({}, "state"); }, "adam.steps");
}

double schedule_factor(Schedule schedule, std::int64_t finished, std::int64_t total) {
  return learning_rate({.schedule = schedule, .peak = 1.0, .total_steps = total}, finished);
}

TEST(Schedules, DecayFromThePeakToTheirEnd) {
  EXPECT_EQ(schedule_factor(Schedule::kConstant, 7, 0), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kLinear, 1, 4), 0.75);
  EXPECT_EQ(schedule_factor(Schedule::kLinear, 9, 4), 0.0);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::kCosine, 2, 4), 0.5);
  EXPECT_NEAR(schedule_factor(Schedule::kCosine, 9, 4), 0.0, 1e-15);
  EXPECT_THROW(parse_enum<Schedule>("lrSchedule", "step"), Error);
}

TEST(Schedules, WarmUpThenDecayToTheMinimum) {
  LearningRatePlan plan{
      .schedule = Schedule::kCosine, .peak = 1.0, .warmup_steps = 4, .total_steps = 10, .min_factor = 0.1};
  EXPECT_EQ(learning_rate(plan, 0), 0.25);
  EXPECT_EQ(learning_rate(plan, 1), 0.5);
  EXPECT_EQ(learning_rate(plan, 3), 1.0);
  EXPECT_EQ(learning_rate(plan, 4), 1.0);
  EXPECT_NEAR(learning_rate(plan, 7), 0.1 + 0.9 * 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(plan, 10), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate(plan, 12), 0.1, 1e-12);
  plan.total_steps.reset();
  EXPECT_EQ(learning_rate(plan, 9), 1.0) << "an unknown length keeps the rate at its peak";
}

TEST(Clipping, ScalesToTheNormAndNeverUp) {
  at::Tensor a = parameter({0.0});
  at::Tensor b = parameter({0.0});
  const NamedTensors both{{"a", a}, {"b", b}};
  a.mutable_grad() = at::tensor({3.0}, at::kDouble);
  b.mutable_grad() = at::tensor({4.0}, at::kDouble);
  EXPECT_DOUBLE_EQ(gradient_norm(both), 5.0);
  clip_gradients(both, 5.0, 10.0);
  EXPECT_DOUBLE_EQ(gradient_norm(both), 5.0);
  clip_gradients(both, 5.0, 1.0);
  EXPECT_NEAR(gradient_norm(both), 5.0 / (5.0 + 1e-6), 1e-12);
  a.mutable_grad() = at::tensor({std::nan("")}, at::kDouble);
  EXPECT_THROW(gradient_norm(both), Error);
}

TEST(ApplyGradients, ClipsStepsAndClears) {
  Communicator alone;
  at::Tensor w = parameter({1.0, 1.0});
  at::Tensor by_hand = w.detach().clone().requires_grad_(true);
  Adam adam({{"w", w}}, {.eps = 1.0});
  Adam reference({{"w", by_hand}}, {.eps = 1.0});
  w.mutable_grad() = at::tensor({3.0, 4.0}, at::kDouble);
  EXPECT_DOUBLE_EQ(apply_gradients(adam, 0.1, 1.0, alone), 5.0) << "the norm before clipping";
  by_hand.mutable_grad() = at::tensor({3.0, 4.0}, at::kDouble) * (1.0 / (5.0 + 1e-6));
  reference.step(0.1);
  EXPECT_TRUE(at::equal(w, by_hand));
  EXPECT_FALSE(w.grad().defined());
  w.mutable_grad() = at::tensor({std::nan(""), 0.0}, at::kDouble);
  EXPECT_THROW(apply_gradients(adam, 0.1, std::nullopt, alone), Error);
  EXPECT_FALSE(w.grad().defined()) << "the next step must not add to a broken gradient";
  EXPECT_TRUE(at::equal(w, by_hand));
}

// A matrix that is used twice, one whose gradient is transposed, and a vector.
NamedTensors three_parameters() {
  NamedTensors parameters;
  for (const char* name : {"shared", "matrix"}) parameters.emplace_back(name, at::linspace(-1.0, 1.0, 12).view({3, 4}));
  parameters.emplace_back("vector", at::linspace(0.5, 2.0, 3));
  for (auto& [name, tensor] : parameters) tensor = tensor.to(at::kFloat).requires_grad_(true);
  return parameters;
}

at::Tensor loss_of(const NamedTensors& parameters) {
  const at::Tensor x = at::arange(8, at::kFloat).view({2, 4}) / 7.0;
  const at::Tensor hidden = x.matmul(parameters[0].second.t()).tanh() + parameters[2].second;
  const at::Tensor wide = hidden.matmul(parameters[0].second) * x.matmul(parameters[1].second.t()).sum();
  return wide.square().mean();
}

TEST(BackwardUpdate, EqualsAStepAfterTheBackwardPass) {
  for (const bool decoupled : {false, true}) {
    const AdamOptions options{.weight_decay = 0.1, .decoupled = decoupled, .decay_matrices_only = true};
    const NamedTensors within = three_parameters(), after = three_parameters();
    Adam adam_within(within, options), adam_after(after, options);
    Communicator alone;
    for (int step = 0; step < 3; ++step) {
      double norm = 0.0;
      {
        const BackwardUpdate updates(adam_within, 0.01);
        loss_of(within).backward();
        norm = updates.gradient_norm();
        for (const auto& [name, tensor] : within) EXPECT_FALSE(tensor.grad().defined()) << name;
      }
      loss_of(after).backward();
      EXPECT_EQ(norm, apply_gradients(adam_after, 0.01, std::nullopt, alone));
    }
    EXPECT_EQ(adam_within.steps(), 3);
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_TRUE(at::equal(within[i].second, after[i].second)) << i;
    const NamedTensors state = adam_within.state(), expected = adam_after.state();
    for (std::size_t i = 0; i < state.size(); ++i) EXPECT_TRUE(at::equal(state[i].second, expected[i].second)) << i;
  }
}

TEST(BackwardUpdate, RefusesParametersThatAreInAnother) {
  const NamedTensors parameters = three_parameters();
  Adam adam(parameters, {});
  const BackwardUpdate outer(adam, 0.01);
  expect_error(
      ErrorKind::kInternal, [&] { BackwardUpdate(adam, 0.01); }, "shared is in another update");
  loss_of(parameters).backward();
  EXPECT_EQ(adam.steps(), 1) << "the outer one goes on";
}

TEST(BackwardUpdate, EndsWithItsScope) {
  const NamedTensors parameters = three_parameters();
  Adam adam(parameters, {});
  { const BackwardUpdate updates(adam, 0.01); }
  loss_of(parameters).backward();
  EXPECT_EQ(adam.steps(), 0);
  for (const auto& [name, tensor] : parameters) EXPECT_TRUE(tensor.grad().defined()) << name;
}

// Queries, keys and values are such views. The gradient of the first weight is computed when the second has moved.
TEST(BackwardUpdate, MovesWeightsThatShareMemory) {
  const auto parameters_and_map = [] {
    NamedTensors parameters{{"input", at::ones({2, 3}).requires_grad_(true)}};
    for (const char* name : {"first.weight", "second.weight"}) {
      parameters.emplace_back(name, at::linspace(-1.0, 1.0, 9).view({3, 3}).requires_grad_(true));
    }
    const JointLinear map(parameters, {"first", "second"});
    return std::pair(parameters, map);
  };
  const auto backward = [](const auto& model) {
    const auto& [parameters, map] = model;
    map[1](map[0](parameters[0].second).tanh()).square().mean().backward();
  };
  const auto within = parameters_and_map(), after = parameters_and_map();
  Adam adam_within(within.first, {}), adam_after(after.first, {});
  {
    const BackwardUpdate updates(adam_within, 0.01);
    backward(within);
  }
  backward(after);
  adam_after.step(0.01);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(at::equal(within.first[i].second, after.first[i].second)) << i;
}

// A detached weight gets no gradient, so the optimizer does not know that the pass still needs it.
TEST(BackwardUpdate, FailsWhereThePassNeedsAWeightThatHasMoved) {
  const at::Tensor weight = at::ones({3, 3}).requires_grad_(true), input = at::ones({2, 3}).requires_grad_(true);
  Adam adam({{"weight", weight}, {"input", input}}, {});
  const at::Tensor reads_weight = input.matmul(weight.detach()).sum();
  const at::Tensor moves_weight = weight.sum();  // autograd begins with what the forward pass computed last
  const BackwardUpdate updates(adam, 0.01);
  EXPECT_THROW((reads_weight + moves_weight).backward(), c10::Error);
}

TEST(BackwardUpdate, NamesAGradientThatIsNotFinite) {
  const NamedTensors parameters = three_parameters();
  Adam adam(parameters, {});
  const BackwardUpdate updates(adam, 0.01);
  expect_error(
      ErrorKind::kInternal, [&] { (loss_of(parameters) + parameters[2].second.sum() * std::nan("")).backward(); },
      "the gradient of vector is not finite");
}

}  // namespace
}  // namespace dppo
