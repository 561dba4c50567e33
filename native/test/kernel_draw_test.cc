// Draws against a plain loop over std::exp, on every level of instructions that the processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "kernel/draw.h"
#include "kernel_checks.h"

namespace dppo::kernel {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::int64_t by_definition(const std::vector<float>& logits, double uniform) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double total = 0.0;
  for (const float logit : logits) total += std::exp(static_cast<double>(logit) - top);
  double cumulative = 0.0;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double weight = std::exp(static_cast<double>(logits[i]) - top);
    if (weight == 0.0) continue;
    cumulative += weight;
    last = static_cast<std::int64_t>(i);
    if (cumulative > uniform * total) break;
  }
  return last;
}

std::vector<float> random_logits(std::size_t count, double deviation) {
  RandomStream random(7, count);
  std::vector<float> logits;
  for (std::size_t i = 0; i < count; ++i) logits.push_back(static_cast<float>(deviation * random.next_normal()));
  return logits;
}

TEST(DrawIndexTest, IsTheSameFunctionAsThePlainLoop) {
  for (const double deviation : {0.1, 3.0, 40.0}) {
    for (const std::size_t count : {1U, 3U, 513U, 5000U}) {
      std::vector<float> logits = random_logits(count, deviation);
      for (std::size_t i = 1; i < count; i += 5) logits[i] = kNever;
      RandomStream random(9, count);
      for (int draws = 0; draws < 50; ++draws) {
        const double uniform = draws == 0 ? 0.0 : draws == 1 ? 1.0 - 0x1p-53 : random.next_uniform();
        const std::int64_t want = by_definition(logits, uniform);
        for_each_level([&](const Kernels& kernels) {
          EXPECT_EQ(draw_index(logits, uniform, kernels), want) << count << " logits, uniform " << uniform;
        });
      }
    }
  }
}

TEST(DrawIndexTest, PowersAreExactToFloat64) {
  std::vector<float> logits;
  for (int i = 0; i < 7001; ++i) logits.push_back(-0.1F * static_cast<float>(i));
  std::vector<double> weights(logits.size());
  for_each_level([&](const Kernels& kernels) {
    kernels.exponential_weights(logits.data(), 7001, 0.25, weights.data());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      EXPECT_NEAR(weights[i] / std::exp(static_cast<double>(logits[i]) - 0.25), 1.0, 1e-15) << logits[i];
    }
  });
}

TEST(DrawIndexTest, OneFiniteLogitIsAlwaysDrawn) {
  std::vector<float> logits(2000, kNever);
  logits[1234] = -5.0F;
  EXPECT_EQ(draw_index(logits, 0.0), 1234);
  EXPECT_EQ(draw_index(logits, 1.0 - 0x1p-53), 1234);
}

TEST(DrawIndexTest, RefusesWhatHasNoDistribution) {
  EXPECT_THROW(draw_index({}, 0.5), Error);
  EXPECT_THROW(draw_index(std::vector<float>(4, kNever), 0.5), Error);
  EXPECT_THROW(draw_index(std::vector<float>(4, -kNever), 0.5), Error);
}

}  // namespace
}  // namespace dppo::kernel
