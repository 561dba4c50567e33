// The kernel that draws tokens against the operations on tensors that it stands for, on the same GPU. Without a GPU
// these tests are skipped.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/device.h"
#include "base/graphed_callable.h"
#include "generate/batch_sampler.h"
#include "generate/generate.h"
#include "gpu/sample.h"

namespace dppo {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t kSteps = 6;
constexpr std::int64_t kRowCounts[] = {1, 8, 16};
constexpr std::int64_t kVocabularies[] = {97, 50257, 50272, 128256};  // rows that are aligned in memory, and others
constexpr c10::ScalarType kTypes[] = {c10::ScalarType::Float, c10::ScalarType::BFloat16, c10::ScalarType::Half};

class CudaSampler : public testing::Test {
 protected:
  void SetUp() override {
    if (available_devices().size() < 2) GTEST_SKIP() << "there is no GPU";
    if (gpu::SampleKernel::get(device(), at::kFloat) == nullptr) GTEST_SKIP() << "there is no kernel for this GPU";
  }

  static c10::Device device() { return {c10::DeviceType::CUDA, 0}; }
  static at::TensorOptions numbers() { return at::TensorOptions().device(device()).dtype(at::kLong); }

  static DrawState state_for(std::int64_t rows) {
    return {at::zeros({rows}, numbers()), at::arange(rows, numbers()), at::full({kSteps, rows}, -1, numbers()),
            at::zeros({1}, numbers())};
  }

  // A prompt of each row.
  static TokenRows prompts_for(std::int64_t rows, std::int64_t vocabulary) {
    TokenRows prompts;
    for (std::int64_t row = 0; row < rows; ++row) {
      auto& prompt = prompts.emplace_back();
      for (std::int64_t i = 0; i < 40; ++i) prompt.push_back((row * 7 + i * i * 5) % vocabulary);
    }
    return prompts;
  }

  // Rounded to multiples of 1 / `per_unit`, so that some are equal; 0: not rounded.
  static at::Tensor noise(std::int64_t rows, std::int64_t vocabulary, double per_unit) {
    const at::Tensor logits = at::randn({rows, vocabulary}, numbers().dtype(at::kFloat)) * 3.0;
    return per_unit > 0.0 ? (logits * per_unit).round() / per_unit : logits;
  }

  // Draws from the logits of each step (steps, B, V) with both.
  static void expect_same_draws(GenerateOptions options, const at::Tensor& logits, const std::string& what) {
    const std::int64_t rows = logits.size(1), vocabulary = logits.size(2);
    options.max_new_tokens = kSteps;
    for (std::int64_t row = 0; row < rows; ++row) options.streams.emplace_back(3, row);
    const TokenRows prompts = prompts_for(rows, vocabulary);
    BatchSampler ours(options, vocabulary, rows, device()), theirs(options, vocabulary, rows, device());
    ours.start(prompts, options);
    theirs.start(prompts, options);
    const DrawState state = state_for(rows);
    const at::Tensor first_positions = state.positions.clone();
    const at::Tensor step = at::zeros({1}, numbers());
    std::vector<at::Tensor> expected;
    for (std::int64_t i = 0; i < kSteps; ++i) {
      ours.draw(logits[i], state);
      expected.push_back(theirs(logits[i], step.fill_(i)));
      ASSERT_TRUE(at::equal(state.ids, expected.back())) << what << ", step " << i << "\n"
                                                         << at::stack({state.ids, expected.back()}).cpu();
      ASSERT_TRUE(at::equal(ours.broken(), theirs.broken())) << what << ", step " << i;
      ASSERT_TRUE(at::equal(state.positions, first_positions + (i + 1))) << what;
      ASSERT_EQ(state.step.item<std::int64_t>(), i + 1) << what;
    }
    EXPECT_TRUE(at::equal(state.tokens, at::stack(expected))) << what;
  }

  // Draws from noise of all sizes and types.
  static void expect_same_draws(const GenerateOptions& options) {
    at::manual_seed(5);
    for (const std::int64_t vocabulary : kVocabularies) {
      for (const std::int64_t rows : kRowCounts) {
        for (const double per_unit : {0.0, 8.0, 0.5}) {
          const at::Tensor logits = noise(kSteps * rows, vocabulary, per_unit).view({kSteps, rows, vocabulary});
          for (const c10::ScalarType type : kTypes) {
            expect_same_draws(options, logits.to(type),
                              std::to_string(rows) + " rows of " + std::to_string(vocabulary) + ", " +
                                  dtype_name(type) + ", rounded to 1 / " + std::to_string(per_unit));
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }

  const at::NoGradGuard no_grad_;
};

TEST_F(CudaSampler, DrawsTheLikeliestToken) { expect_same_draws({}); }

TEST_F(CudaSampler, DrawsFromAllTokens) { expect_same_draws({.do_sample = true}); }

TEST_F(CudaSampler, DrawsWithTemperature) { expect_same_draws({.do_sample = true, .temperature = 0.7}); }

TEST_F(CudaSampler, DrawsWithTopK) {
  for (const std::int64_t k : {1, 50, 96, 1000, 1024}) expect_same_draws({.do_sample = true, .top_k = k});
}

TEST_F(CudaSampler, DrawsWithTopKAndTopP) {
  for (const std::int64_t k : {1, 7, 50, 1024}) {
    for (const double p : {0.3, 0.95}) expect_same_draws({.do_sample = true, .top_k = k, .top_p = p});
  }
}

TEST_F(CudaSampler, DrawsWithRepetitionPenalty) {
  expect_same_draws({.repetition_penalty = 1.3});
  expect_same_draws({.do_sample = true, .temperature = 0.3, .top_k = 4, .repetition_penalty = 1.7});
  // The same logits each time, so that what has been drawn shows in the next draw.
  const at::Tensor logits = noise(8, 50257, 0.0).expand({kSteps, 8, 50257});
  expect_same_draws({.repetition_penalty = 4.0}, logits, "the same logits");
}

TEST_F(CudaSampler, DrawsWithMinimumLength) {
  std::vector<std::int64_t> ends;
  for (std::int64_t id = 0; id < 90; ++id) ends.push_back(id);
  expect_same_draws({.min_new_tokens = 3, .eos_token_ids = ends, .stop_token_ids = {91, 95}});
  expect_same_draws({.min_new_tokens = 3, .do_sample = true, .top_k = 20, .top_p = 0.8, .eos_token_ids = ends});
}

TEST_F(CudaSampler, MarksRowsWithoutALargestLogit) {
  const GenerateOptions list[] = {{},
                                  {.do_sample = true},
                                  {.do_sample = true, .top_k = 5},
                                  {.do_sample = true, .top_k = 5, .top_p = 0.9},
                                  {.do_sample = true, .temperature = 0.5, .repetition_penalty = 1.2}};
  for (const std::int64_t vocabulary : kVocabularies) {
    const at::Tensor logits = noise(kSteps * 8, vocabulary, 0.0).view({kSteps, 8, vocabulary});
    const auto put = [&logits](std::int64_t step, std::int64_t row, std::int64_t place, float value) {
      logits.select(0, step).select(0, row).select(0, place).fill_(value);
    };
    put(1, 0, 50, std::numeric_limits<float>::quiet_NaN());
    put(1, 0, 60, std::numeric_limits<float>::quiet_NaN());
    put(2, 1, 96, kInfinity);
    put(2, 1, 50, kInfinity);
    put(3, 2, vocabulary - 1, -kInfinity);  // does not break a row
    put(3, 2, 0, -kInfinity);
    logits.select(0, 3).select(0, 3).fill_(-kInfinity);
    put(4, 4, 0, kInfinity);
    put(4, 4, vocabulary - 1, std::numeric_limits<float>::quiet_NaN());
    for (const c10::ScalarType type : kTypes) {
      for (const GenerateOptions& options : list) {
        expect_same_draws(options, logits.to(type), "broken rows of " + std::to_string(vocabulary));
      }
    }
  }
}

// Most logits are minus infinity, so that fewer than k tokens have a weight.
TEST_F(CudaSampler, DrawsWhereFewTokensArePossible) {
  for (const std::int64_t vocabulary : kVocabularies) {
    const at::Tensor logits = noise(kSteps * 8, vocabulary, 2.0).view({kSteps, 8, vocabulary});
    logits.narrow(-1, 9, vocabulary - 11).fill_(-kInfinity);
    for (const double p : {1.0, 0.8}) {
      expect_same_draws({.do_sample = true, .top_k = 50, .top_p = p}, logits, std::to_string(vocabulary));
    }
  }
}

// Without top-k, top-p is left to operations on tensors.
TEST_F(CudaSampler, DrawsWithTopPAlone) {
  const at::Tensor logits = noise(kSteps * 8, 50257, 0.0).view({kSteps, 8, 50257});
  expect_same_draws({.do_sample = true, .top_p = 0.9}, logits, "top-p");
}

TEST_F(CudaSampler, CanBeCaptured) {
  GenerateOptions options{.max_new_tokens = kSteps, .do_sample = true, .top_k = 50, .top_p = 0.95};
  options.repetition_penalty = 1.3;
  const TokenRows prompts = prompts_for(8, 50257);
  const at::Tensor logits = noise(8, 50257, 0.0).to(at::kBFloat16);
  BatchSampler ours(options, 50257, 8, device()), theirs(options, 50257, 8, device());
  const DrawState state = state_for(8);
  GraphedCallable draw(device(), [&] { ours.draw(logits, state); });
  for (int round = 0; round < 2; ++round) {
    ours.start(prompts, options);
    theirs.start(prompts, options);
    state.step.fill_(0);
    const at::Tensor step = at::zeros({1}, numbers());
    for (std::int64_t i = 0; i < kSteps; ++i) {
      draw();
      EXPECT_TRUE(at::equal(state.ids, theirs(logits, step.fill_(i)))) << "round " << round << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace dppo
