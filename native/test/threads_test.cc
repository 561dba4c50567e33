// Rows that threads compute side by side: how they are divided, and that the results are those of one thread.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>

#include "base/cancel.h"
#include "base/modes.h"
#include "base/parallel.h"
#include "base/range.h"
#include "checkpoint/model_folder.h"
#include "generate/generate.h"
#include "golden.h"
#include "lm/trainer.h"
#include "model/scoring.h"
#include "model/thread_ranges.h"
#include "space/shards.h"

namespace dppo {
namespace {

using Bounds = std::vector<std::pair<std::int64_t, std::int64_t>>;

Bounds ranges(const CausalLM& lm, const std::vector<std::int64_t>& lengths, bool autocast = false) {
  Bounds bounds;
  for (const auto& [first, last] : thread_ranges(lm, lengths, autocast)) bounds.emplace_back(first, last);
  return bounds;
}

TEST(ThreadRanges, HoldAboutAsManyTokensEach) {
  const auto policy = load_policy(golden::path("models/opt_base"), {});
  const ThreadCountScope threads(2);
  EXPECT_EQ(ranges(*policy->lm, {10, 10, 10, 10}), (Bounds{{0, 2}, {2, 4}}));
  EXPECT_EQ(ranges(*policy->lm, {30, 10, 10, 10}), (Bounds{{0, 1}, {1, 4}}));
  EXPECT_EQ(ranges(*policy->lm, {5, 5, 30}), (Bounds{{0, 2}, {2, 3}}));
  EXPECT_EQ(ranges(*policy->lm, {7}), (Bounds{{0, 1}}));
  const ThreadCountScope more(4);
  EXPECT_EQ(ranges(*policy->lm, {10, 10, 10}), (Bounds{{0, 1}, {1, 2}, {2, 3}}));
  EXPECT_EQ(ranges(*policy->lm, {90, 1, 1, 1, 1}).front(), (std::pair<std::int64_t, std::int64_t>{0, 1}));
}

TEST(BalancedRanges, CoverAllItemsAndAreNeverMoreThanAsked) {
  const auto bounds = [](const std::vector<std::int64_t>& sizes, std::int64_t count) {
    Bounds result;
    for (const auto& [first, last] : balanced_ranges(sizes, count)) result.emplace_back(first, last);
    return result;
  };
  EXPECT_EQ(bounds({}, 3), Bounds{});
  EXPECT_EQ(bounds({5, 0, 0}, 1), (Bounds{{0, 3}}));
  EXPECT_EQ(bounds({0, 0, 0, 0}, 2), (Bounds{{0, 1}, {1, 4}}));
  EXPECT_EQ(bounds({4, 4, 4, 4, 4, 4}, 3), (Bounds{{0, 2}, {2, 4}, {4, 6}}));
}

TEST(ThreadRanges, AreOneForOneThreadForAutocastAndForALargeModel) {
  const auto policy = load_policy(golden::path("models/opt_base"), {});
  const Bounds whole{{0, 2}};
  const ThreadCountScope threads(2);
  EXPECT_EQ(ranges(*policy->lm, {10, 10}, /*autocast=*/true), whole);
  const auto large = create_policy(R"({"model_type":"llama","hidden_size":16,"intermediate_size":16,
      "num_hidden_layers":1,"num_attention_heads":2,"vocab_size":1100000,"tie_word_embeddings":true,
      "max_position_embeddings":64})",
                                   {});
  EXPECT_EQ(ranges(*large->lm, {10, 10}), whole);
  const ThreadCountScope one(1);
  EXPECT_EQ(ranges(*policy->lm, {10, 10}), whole);
}

TEST(ParallelTasks, RunEachOnceInTheModesOfTheCaller) {
  const ThreadCountScope threads(3);
  CancelFlag flag;
  const CancelScope scope(flag);
  for (const bool gradients : {false, true}) {
    const at::AutoGradMode mode(gradients);
    std::array<std::atomic<int>, 7> runs{};
    std::atomic<int> as_the_caller = 0;
    parallel_tasks(7, [&](std::int64_t i) {
      ++runs[static_cast<std::size_t>(i)];
      if (at::GradMode::is_enabled() == gradients && current_cancel_flag() == &flag) ++as_the_caller;
    });
    for (const auto& count : runs) EXPECT_EQ(count, 1);
    EXPECT_EQ(as_the_caller, 7);
  }
  parallel_tasks(0, [](std::int64_t) { ADD_FAILURE() << "there is no task"; });
}

TEST(Shards, LookAtTheFlagOfTheCaller) {
  CancelFlag flag;
  const CancelScope scope(flag);
  std::atomic<int> as_the_caller = 0;
  run_shards(9, /*threads=*/3, [&](int) { as_the_caller += current_cancel_flag() == &flag ? 1 : 0; });
  EXPECT_EQ(as_the_caller, 9);
  flag.request();
  EXPECT_THROW(run_shards(9, /*threads=*/3, [](int) { ADD_FAILURE() << "begun after the end"; }), Error);
}

TEST(ParallelTasks, ThrowWhatATaskThrows) {
  const ThreadCountScope threads(2);
  for (const std::int64_t failing : {0, 1}) {
    try {
      parallel_tasks(2, [&](std::int64_t i) {
        if (i == failing) throw std::runtime_error("task " + std::to_string(i));
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "task " + std::to_string(failing));
    }
  }
}

TEST(Scoring, BitsDoNotDependOnThreads) {
  const golden::Rows rows{{5, 6, 7, 8, 9, 10, 11}, {10, 11}, {12, 13, 14}, {9, 8, 7, 6}};
  for (const char* name : {"models/opt_base", "models/llama_grouped_llama3"}) {
    const auto policy = load_policy(golden::path(name), {});
    const auto scored = [&](int threads) {
      const ThreadCountScope count(threads);
      return row_log_probs(*policy->lm, rows);
    };
    const auto one = scored(1), two = scored(2);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_TRUE(one[i].equal(two[i])) << name << ", row " << i;
  }
}

TEST(Generation, TokensDoNotDependOnThreads) {
  const auto policy = load_policy(golden::path("models/llama_grouped_llama3"), {});
  const golden::Rows prompts{{5, 6, 7, 8}, {9}, {10, 11}, {12, 13, 14}, {5, 6, 7, 8}};
  const GenerateOptions options{.max_new_tokens = 12, .do_sample = true, .eos_token_ids = {4}};
  const auto generated = [&](int threads) {
    const ThreadCountScope count(threads);
    golden::Rows told(prompts.size());
    const golden::Rows rows = generate(*policy->lm, prompts, options, [&](std::int64_t row, std::int64_t id) {
      told[static_cast<std::size_t>(row)].push_back(id);
    });
    EXPECT_EQ(told, rows);
    return rows;
  };
  const golden::Rows one = generated(1);
  EXPECT_NE(one[0], one[4]) << "each row has a stream of its own";
  EXPECT_EQ(generated(2), one);
  EXPECT_EQ(generated(4), one);
}

TEST(NextToken, StepsOfSeveralThreadsEqualThoseOfOne) {
  const golden::Rows rows{{5, 6, 7, 8, 9, 10, 11}, {10, 11}, {3}, {12, 13, 14}, {9, 8, 7, 6}};
  const TokenMasks masks{{1, 1, 0, 1, 1, 0, 1}, {0, 0}, {1}, {1, 1, 0}, {0, 1, 1, 1}};
  for (const double dropout : {0.0, 0.3}) {
    const auto train = [&](int threads) {
      const ThreadCountScope count(threads);
      const auto policy = load_policy(golden::path("models/opt_base"), {.trainable = true});
      // A large eps: Adam would divide a gradient near zero by its size.
      LmTrainer trainer(policy, {.learning_rate = 1e-2, .eps = 1e-2, .dropout = dropout, .seed = 7});
      std::vector<double> numbers;
      for (int i = 0; i < 3; ++i) {
        const LmStepResult result = trainer.step(rows, masks);
        numbers.insert(numbers.end(), {result.loss, result.gradient_norm});
      }
      return std::pair(policy->parameters(), numbers);
    };
    const auto [weights, numbers] = train(1);
    for (const int threads : {2, 5}) {
      const auto [others, same] = train(threads);
      for (std::size_t i = 0; i < weights.size(); ++i)
        EXPECT_LT(golden::deviation(weights[i].second, others[i].second), 1e-6) << weights[i].first;
      for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_NEAR(numbers[i], same[i], 1e-5);
    }
  }
}

}  // namespace
}  // namespace dppo
