// Prompts with pads, as a GPU captures the pass over them, against a pass over the prompts alone. Here the CPU runs
// both.
#include "generate/padded_prompts.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "generate/prefill.h"
#include "golden.h"
#include "model/kv_cache.h"

namespace dppo {
namespace {

constexpr double kTolerance = 2e-5;
constexpr std::int64_t kCapacity = 24;
constexpr std::array kModels{"opt_base", "gpt2_base", "llama_grouped_llama3", "mistral_window"};

// Two batches of one shape. What the first leaves in cache and pads must not reach the second.
const std::vector<TokenRows> kBatches{{{5, 6, 7, 8, 9, 10, 11, 12}, {13, 14, 15}, {16, 17, 18, 19, 20}},
                                      {{21}, {22, 23, 24, 25}, {26, 27}}};

TEST(PaddedPrompts, GiveTheStatesOfPromptsWithoutPads) {
  const at::NoGradGuard no_grad;
  for (const char* name : kModels) {
    const auto policy = load_policy(golden::path(std::string("models/") + name), {});
    const CausalLM& lm = *policy->lm;
    const auto options = at::TensorOptions().dtype(lm.compute_dtype());
    KvCache cache(lm.config(), 3, kCapacity, options);
    PaddedPrompts padded(3, PaddedPrompts::tokens_of(kBatches[0]), kCapacity, at::kCPU);
    for (const TokenRows& prompts : kBatches) {
      KvCache expected_cache(lm.config(), 3, kCapacity, options);
      const at::Tensor expected = prefill_prompts(lm, prompts, expected_cache);
      padded.fill(prompts);
      golden::within(std::string(name) + ": last states", golden::deviation(lm.hidden(padded.rows(), &cache), expected),
                     kTolerance);
      for (std::int64_t layer = 0; layer < lm.config().layers; ++layer) {
        for (std::int64_t slot = 0; slot < 3; ++slot) {
          const auto count = static_cast<std::int64_t>(prompts[static_cast<std::size_t>(slot)].size());
          const auto part = [&](const at::Tensor& entries) { return entries[slot].narrow(1, 0, count); };
          golden::within(std::string(name) + ": keys",
                         golden::deviation(part(cache.keys(layer)), part(expected_cache.keys(layer))), kTolerance);
          golden::within(std::string(name) + ": values",
                         golden::deviation(part(cache.values(layer)), part(expected_cache.values(layer))), kTolerance);
        }
      }
    }
  }
}

TEST(PaddedPrompts, RoundTheirTokensUpToShareGraphs) {
  EXPECT_EQ(PaddedPrompts::tokens_of(kBatches[0]), PaddedPrompts::tokens_of(kBatches[1]));
  EXPECT_EQ(PaddedPrompts::tokens_of({std::vector<std::int64_t>(256, 1)}), 256);
  EXPECT_EQ(PaddedPrompts::tokens_of({std::vector<std::int64_t>(257, 1)}), 512);
}

}  // namespace
}  // namespace dppo
