// Generation against transformers, its statistics, and what must not depend on the batch.
#include "generate/generate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "generate/sampler.h"
#include "generate_cases.h"
#include "golden.h"
#include "kernel/draw.h"

namespace dppo {
namespace {

std::shared_ptr<Policy> model(const std::string& name) { return load_policy(golden::path("models/" + name), {}); }

TEST(Greedy, EqualsTransformersTokenForToken) {
  const Json cases = golden::json("generation/cases.json");
  for (const Json& item : golden::member(cases, "greedy").as_array()) {
    const std::string name = golden::member(item, "name").as_string();
    const auto policy = model(golden::member(item, "model").as_string());
    GenerateOptions options = options_of(golden::member(item, "options"));
    options.max_new_tokens = golden::member(item, "maxNewTokens").as_integer();
    const golden::Rows prompts = golden::rows(golden::member(item, "prompts"));
    const golden::Rows expected = golden::rows(golden::member(item, "expected"));
    EXPECT_EQ(generate(*policy->lm, prompts, options), expected) << name;
    std::size_t differing = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const golden::Rows alone = generate(*policy->lm, {prompts[i]}, options);
      EXPECT_EQ(alone.front(), expected[i]) << name << ", row " << i << " alone";
      differing += alone.front() == expected[i] ? 0 : 1;
    }
    golden::within("greedy " + name + ": rows that differ", static_cast<double>(differing), 0.0);

    // Every option that is set matters.
    GenerateOptions wrong = options;
    if (options.repetition_penalty != 1.0) {
      wrong.repetition_penalty = 1.0;
    } else if (options.min_new_tokens > 0) {
      wrong.min_new_tokens = 0;
    } else if (options.eos_token_ids.size() > 1) {
      wrong.eos_token_ids.pop_back();
    } else if (options.eos_token_ids.size() == 1) {
      wrong.eos_token_ids.clear();
    } else {
      wrong.repetition_penalty = 1.2;
    }
    EXPECT_NE(generate(*policy->lm, prompts, wrong), expected) << name << " does not notice a wrong option";
  }
}

TEST(Warpers, FollowTransformersOrder) {
  const Json cases = golden::json("generation/cases.json");
  const Json& warpers = golden::member(cases, "warpers");
  const auto tensors = golden::tensors("generation/warpers.safetensors");
  const std::int64_t generated = golden::member(warpers, "generated").as_integer();
  const auto& list = golden::member(warpers, "cases").as_array();
  double worst = 0.0;
  double swapped = 0.0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    GenerateOptions options = options_of(list[i]);
    options.eos_token_ids = golden::integers(golden::member(warpers, "ends"));
    at::Tensor logits = tensors.at("logits").clone();
    at::Tensor wrong = tensors.at("logits").clone();
    for (std::int64_t row = 0; row < logits.size(0); ++row) {
      const at::Tensor seen = tensors.at("seen")[row].contiguous();
      const RowState state{{seen.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(seen.numel())}, generated};
      const auto span = [&](at::Tensor& all) {
        return std::span<float>(all[row].mutable_data_ptr<float>(), static_cast<std::size_t>(all.size(1)));
      };
      process_logits(span(logits), state, options);
      warp_logits(span(logits), options);
      warp_logits(span(wrong), options);
      process_logits(span(wrong), state, options);
    }
    const at::Tensor& expected = tensors.at("out." + std::to_string(i));
    worst = std::max(worst, golden::deviation(logits, expected));
    swapped = std::max(swapped, golden::deviation(wrong, expected));
  }
  golden::within("filtered logits, all combinations of options", worst, 2e-6);
  EXPECT_GT(swapped, 1e-3) << "the order must matter in these cases";
}

// Probabilities of the next token under the filters.
std::vector<double> filtered_distribution(std::vector<float> logits, const GenerateOptions& options) {
  warp_logits(logits, options);
  double total = 0.0;
  std::vector<double> p;
  for (const float logit : logits) p.push_back(std::exp(static_cast<double>(logit)));
  for (const double value : p) total += value;
  for (double& value : p) value /= total;
  return p;
}

TEST(Sampling, FrequenciesFollowTheFilteredDistribution) {
  constexpr int kDraws = 20'000;
  std::vector<float> logits;
  RandomStream noise(5, 0);
  for (int i = 0; i < 24; ++i) logits.push_back(static_cast<float>(noise.next_normal()));
  const std::vector<GenerateOptions> settings{
      {}, {.temperature = 0.7}, {.top_k = 6}, {.top_p = 0.7}, {.temperature = 1.3, .top_k = 12, .top_p = 0.9}};
  for (const GenerateOptions& options : settings) {
    const std::vector<double> p = filtered_distribution(logits, options);
    std::vector<int> counts(p.size());
    std::vector<float> warped = logits;
    warp_logits(warped, options);
    for (int i = 0; i < kDraws; ++i) {
      RandomStream random(11, static_cast<std::uint64_t>(i));
      ++counts[static_cast<std::size_t>(kernel::draw_index(warped, random.next_uniform()))];
    }
    double chi = 0.0;
    double wrong = 0.0;
    int cells = 0;
    for (std::size_t id = 0; id < p.size(); ++id) {
      if (p[id] == 0.0) {
        EXPECT_EQ(counts[id], 0) << "a filtered id was drawn";
        continue;
      }
      ++cells;
      chi += std::pow(counts[id] - kDraws * p[id], 2) / (kDraws * p[id]);
      const double uniform = kDraws / static_cast<double>(p.size());
      wrong += std::pow(counts[id] - uniform, 2) / uniform;
    }
    // Mean plus four deviations of chi-square; the streams are fixed, so the outcome is too.
    const double limit = cells - 1 + 4 * std::sqrt(2.0 * (cells - 1));
    EXPECT_LT(chi, limit);
    EXPECT_GT(wrong, limit) << "a wrong distribution must be noticed";
  }
}

TEST(Sampling, DrawNeverReturnsWhatWasFiltered) {
  const float never = -std::numeric_limits<float>::infinity();
  const std::vector<float> logits{never, 0.0F, never, 1.0F, never};
  EXPECT_EQ(kernel::draw_index(logits, 0.0), 1);
  EXPECT_EQ(kernel::draw_index(logits, std::nextafter(1.0, 0.0)), 3);
  EXPECT_EQ(argmax(logits), 3);
  EXPECT_EQ(argmax(std::vector<float>{2.0F, 2.0F}), 0);
}

GenerateOptions sampled(std::size_t rows, std::uint64_t seed) {
  GenerateOptions options{.max_new_tokens = 12, .do_sample = true, .temperature = 0.9, .top_k = 20, .top_p = 0.95};
  for (std::size_t i = 0; i < rows; ++i) options.streams.emplace_back(seed, i);
  return options;
}

TEST(Sampling, ARowDoesNotDependOnTheOthers) {
  for (const char* name : {"opt_base", "llama_grouped_llama3"}) {
    const auto policy = model(name);
    const golden::Rows prompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}, {15, 16}};
    const golden::Rows together = generate(*policy->lm, prompts, sampled(4, 3));
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      GenerateOptions options = sampled(4, 3);
      options.streams = {options.streams[i]};
      EXPECT_EQ(generate(*policy->lm, {prompts[i]}, options).front(), together[i]) << name;
    }
    const golden::Rows again = generate(*policy->lm, prompts, sampled(4, 3));
    EXPECT_EQ(again, together);
    EXPECT_NE(generate(*policy->lm, prompts, sampled(4, 4)), together) << "another seed must give other tokens";
  }
}

TEST(Sampling, RowsOfOnePromptDiffer) {
  const auto policy = model("opt_base");
  const golden::Rows rows = generate(*policy->lm, golden::Rows(6, {5, 6}), sampled(6, 1));
  EXPECT_GT((std::set<std::vector<std::int64_t>>(rows.begin(), rows.end()).size()), 1U);
}

// A repeated prompt and a common beginning are computed once; the tokens are those of each prompt alone.
TEST(Prefill, SharesBeginningsAndRepeatedPrompts) {
  for (const char* name : {"opt_base", "gpt2_base", "llama_grouped_llama3", "mistral_window"}) {
    const auto policy = model(name);
    std::vector<std::int64_t> start;
    for (std::int64_t id = 3; id < 21; ++id) start.push_back(id);
    golden::Rows prompts(5, start);
    prompts[0].push_back(30);
    prompts[1].insert(prompts[1].end(), {31, 32, 33});
    prompts[2].insert(prompts[2].end(), {31, 32, 33});  // as the one before
    prompts[4].push_back(35);
    // Prompt 3 is the beginning itself: its last token is computed apart.
    const GenerateOptions greedy{.max_new_tokens = 6, .repetition_penalty = 1.3};
    const golden::Rows together = generate(*policy->lm, prompts, greedy);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(generate(*policy->lm, {prompts[i]}, greedy).front(), together[i]) << name << ", prompt " << i;
    }
    EXPECT_NE(together[0], together[1]);
  }
}

TEST(Stopping, EndAndStopIdsEndARowAndStay) {
  const auto policy = model("opt_base");
  const golden::Rows free = generate(*policy->lm, {{5, 6, 7}}, {.max_new_tokens = 10, .repetition_penalty = 1.5});
  const std::int64_t third = free.front()[2];
  const auto first = std::ranges::find(free.front(), third) - free.front().begin();
  for (const bool as_stop : {false, true}) {
    GenerateOptions options{.max_new_tokens = 10, .repetition_penalty = 1.5};
    (as_stop ? options.stop_token_ids : options.eos_token_ids) = {third};
    const auto row = generate(*policy->lm, {{5, 6, 7}}, options).front();
    EXPECT_EQ(row, std::vector<std::int64_t>(free.front().begin(), free.front().begin() + first + 1));
    options.min_new_tokens = 6;
    const auto longer = generate(*policy->lm, {{5, 6, 7}}, options).front();
    EXPECT_GE(longer.size(), 6U);
    EXPECT_EQ(std::find(longer.begin(), longer.begin() + 5, third), longer.begin() + 5) << "blocked before the minimum";
  }
}

TEST(Generation, TellsEveryTokenAndCanBeCancelled) {
  const auto policy = model("opt_base");
  golden::Rows told(2);
  const auto listen = [&](std::int64_t row, std::int64_t token) {
    told[static_cast<std::size_t>(row)].push_back(token);
  };
  const golden::Rows rows = generate(*policy->lm, {{5}, {6, 7}}, {.max_new_tokens = 5}, listen);
  EXPECT_EQ(told, rows);
  CancelFlag flag;
  const CancelScope scope(flag);
  int tokens = 0;
  const auto cancel = [&](std::int64_t, std::int64_t) {
    if (++tokens == 3) flag.request();
  };
  expect_error(ErrorKind::kAborted, [&] { generate(*policy->lm, {{5}}, {.max_new_tokens = 20}, cancel); });
  EXPECT_EQ(tokens, 3);
}

TEST(Generation, RefusesWhatCannotBe) {
  const auto policy = model("opt_base");
  const auto refused = [&](const golden::Rows& prompts, const GenerateOptions& options, ErrorKind kind) {
    expect_error(kind, [&] { generate(*policy->lm, prompts, options); });
  };
  refused({{}}, {}, ErrorKind::kShape);
  refused({{40}}, {}, ErrorKind::kShape);
  refused({{-1}}, {}, ErrorKind::kShape);
  refused({{5}}, {.max_new_tokens = 32}, ErrorKind::kConfig);
  refused({{5}}, {.max_new_tokens = 0}, ErrorKind::kConfig);
  refused({{5}}, {.temperature = 0.0}, ErrorKind::kConfig);
  // Numbers that float32, in which they are used, turns into 0 and infinity.
  for (const double number : {-1.0, 1e-50, 1e50, std::nan("")}) {
    refused({{5}}, {.temperature = number}, ErrorKind::kConfig);
    refused({{5}}, {.repetition_penalty = number}, ErrorKind::kConfig);
  }
  refused({{5}}, {.top_k = -1}, ErrorKind::kConfig);
  refused({{5}}, {.top_p = 0.0}, ErrorKind::kConfig);
  refused({{5}}, {.eos_token_ids = {40}}, ErrorKind::kConfig);
  refused({{5}}, {.streams = {{0, 0}, {0, 1}}}, ErrorKind::kConfig);
  EXPECT_TRUE(generate(*policy->lm, {}, {}).empty());
  EXPECT_EQ(generate(*policy->lm, {{5}}, {.max_new_tokens = 31}).front().size(), 31U) << "up to the last position";
  // A weight that is no number ends in an error that names the prompt, never in a token.
  const auto broken = load_policy(golden::path("models/opt_base"), {.trainable = true});
  at::Tensor(broken->lm->parameters().front().second).detach()[7].fill_(std::nan(""));
  expect_error(
      ErrorKind::kInternal, [&] { generate(*broken->lm, {{7}}, {}); }, "prompt 0");
}

}  // namespace
}  // namespace dppo
