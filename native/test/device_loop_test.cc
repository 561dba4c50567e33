// Generation as it runs on a GPU, here on the CPU with the same operations: against the loop for the CPU, which other
// tests compare with transformers.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "generate/batch_sampler.h"
#include "generate/loops.h"
#include "golden.h"
#include "kernel/draw.h"
#include "kernel/level.h"
#include "model/joint_linear.h"
#include "model/make_model.h"

namespace dppo {
namespace {

constexpr std::array kModels{
    "opt_base", "gpt2_base", "gpt2_scaled_by_layer", "gpt2_unscaled", "llama_grouped_llama3", "mistral_window"};

std::shared_ptr<Policy> model(const std::string& name) { return load_policy(golden::path("models/" + name), {}); }

golden::Rows on_device(const CausalLM& lm, const golden::Rows& prompts, const GenerateOptions& options) {
  const at::NoGradGuard no_grad;
  return generate_on_device(lm, prompts, options, {});
}

const golden::Rows kPrompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}, {15, 16}};

GenerateOptions sampled(std::uint64_t seed) {
  GenerateOptions options{.max_new_tokens = 20, .do_sample = true};
  for (std::size_t i = 0; i < kPrompts.size(); ++i) options.streams.emplace_back(seed, i);
  return options;
}

std::vector<GenerateOptions> settings() {
  std::vector<GenerateOptions> list{{.max_new_tokens = 20}, {.max_new_tokens = 1}, sampled(1)};
  list.push_back({.max_new_tokens = 20, .repetition_penalty = 1.4});
  list.push_back(
      {.max_new_tokens = 20, .min_new_tokens = 9, .eos_token_ids = {2, 5, 9, 11}, .stop_token_ids = {17, 23, 31}});
  for (std::uint64_t seed = 2; seed < 6; ++seed) {
    GenerateOptions options = sampled(seed);
    options.temperature = 0.5 + 0.2 * static_cast<double>(seed);
    options.top_k = seed == 3 ? 0 : 7;
    options.top_p = seed == 4 ? 1.0 : 0.8;
    options.repetition_penalty = seed == 5 ? 1.2 : 1.0;
    options.eos_token_ids = {3, 4, 7};
    options.min_new_tokens = static_cast<std::int64_t>(seed);
    list.push_back(options);
  }
  return list;
}

TEST(DeviceLoop, DrawsTheTokensOfTheHostLoop) {
  for (const char* name : kModels) {
    const auto policy = model(name);
    for (const GenerateOptions& options : settings()) {
      EXPECT_EQ(on_device(*policy->lm, kPrompts, options), generate(*policy->lm, kPrompts, options)) << name;
    }
    EXPECT_NE(on_device(*policy->lm, kPrompts, sampled(1)), on_device(*policy->lm, kPrompts, sampled(2))) << name;
  }
}

// Top-k and then top-p of one row, token by token.
std::vector<bool> kept_by_hand(const std::vector<float>& logits, std::size_t k, double p) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return logits[i]; });
  const float threshold = logits[order[order.size() - k]];
  double total = 0.0, sum = 0.0;
  for (const float logit : logits) total += logit >= threshold ? std::exp(static_cast<double>(logit)) : 0.0;
  std::vector<bool> kept(logits.size(), false);
  for (const std::size_t i : order) {
    if (logits[i] < threshold) continue;
    sum += std::exp(static_cast<double>(logits[i]));
    kept[i] = sum > (1.0 - p) * total || i == order.back();
  }
  return kept;
}

TEST(BatchSampler, TopKAndTopPKeepWhatALoopOverTheTokensKeeps) {
  RandomStream random(5, 0);
  for (const std::int64_t values : {3, 12, 1000}) {
    for (const std::int64_t k : {1, 2, 7, 50, 1299}) {
      for (const double p : {0.0513, 0.507, 0.9011, 0.9993}) {
        at::Tensor logits = at::empty({3, 1300}, at::kFloat);
        auto* data = logits.mutable_data_ptr<float>();
        // Few different values, so that many tokens are as likely as the last one that is kept.
        for (std::int64_t i = 0; i < logits.numel(); ++i) {
          data[i] = static_cast<float>(12.0 / static_cast<double>(values) *
                                       std::floor(random.next_uniform() * static_cast<double>(values)));
          if (random.next_uniform() < 0.1) data[i] = -std::numeric_limits<float>::infinity();
        }
        const at::Tensor kept = keep_top_k_and_p(logits, k, p).isfinite();
        for (std::int64_t row = 0; row < logits.size(0); ++row) {
          const std::vector<float> own(data + row * 1300, data + (row + 1) * 1300);
          const std::vector<bool> expected = kept_by_hand(own, static_cast<std::size_t>(k), p);
          for (std::int64_t i = 0; i < 1300; ++i) {
            const bool ours = kept[row][i].item<bool>();
            ASSERT_EQ(ours, expected[static_cast<std::size_t>(i)])
                << values << " values, k " << k << ", p " << p << ", row " << row << ", token " << i;
          }
        }
      }
    }
  }
}

TEST(DeviceLoop, AReusedWorkspaceGivesTheSameTokens) {
  const auto policy = model("llama_grouped_llama3");
  const golden::Rows others{{30, 31, 32, 33, 34, 35, 36, 37}, {21}, {22, 23}, {24}};
  GenerateOptions options = sampled(7);
  options.repetition_penalty = 1.3;
  const golden::Rows first = on_device(*policy->lm, kPrompts, options);
  EXPECT_EQ(on_device(*policy->lm, others, options), generate(*policy->lm, others, options));
  EXPECT_EQ(on_device(*policy->lm, kPrompts, options), first);
  // Another number of rows takes other memory.
  EXPECT_EQ(on_device(*policy->lm, {kPrompts[2]}, {.max_new_tokens = 9}),
            generate(*policy->lm, {kPrompts[2]}, {.max_new_tokens = 9}));
}

TEST(DeviceLoop, AReusedWorkspaceComputesWithThePresentWeights) {
  const auto policy = model("opt_base");
  const golden::Rows before = on_device(*policy->lm, kPrompts, {.max_new_tokens = 8});
  for (const auto& [name, tensor] : policy->lm->parameters()) at::Tensor(tensor).neg_();
  const golden::Rows after = on_device(*policy->lm, kPrompts, {.max_new_tokens = 8});
  EXPECT_NE(after, before);
  EXPECT_EQ(after, generate(*policy->lm, kPrompts, {.max_new_tokens = 8}));
}

TEST(DeviceLoop, ABfloat16CopyHasThePresentWeights) {
  for (const char* name : kModels) {
    const auto policy = load_policy(golden::path(std::string("models/") + name), {.trainable = true});
    GenerateOptions options{.max_new_tokens = 12, .repetition_penalty = 1.3, .autocast_bf16 = true};
    for (int call = 0; call < 2; ++call) {
      NamedTensors rounded;
      for (const auto& [key, tensor] : policy->lm->parameters()) {
        rounded.emplace_back(key, tensor.detach().to(at::kBFloat16));
      }
      const auto copy = make_model(policy->lm->config(), std::move(rounded));
      EXPECT_EQ(generate(*policy->lm, kPrompts, options), generate(*copy, kPrompts, options)) << name;
      const at::NoGradGuard no_grad;
      for (const auto& [key, tensor] : policy->lm->parameters()) at::Tensor(tensor).mul_(-1.1);
    }
  }
}

TEST(DeviceLoop, TellsEveryTokenAndCanBeCancelled) {
  const auto policy = model("opt_base");
  golden::Rows told(2);
  const auto listen = [&](std::int64_t row, std::int64_t token) {
    told[static_cast<std::size_t>(row)].push_back(token);
  };
  const at::NoGradGuard no_grad;
  EXPECT_EQ(generate_on_device(*policy->lm, {{5}, {6, 7}}, {.max_new_tokens = 12}, listen), told);
  CancelFlag flag;
  const CancelScope scope(flag);
  const auto cancel = [&](std::int64_t, std::int64_t) { flag.request(); };
  expect_error(ErrorKind::kAborted, [&] { generate_on_device(*policy->lm, {{5}}, {.max_new_tokens = 20}, cancel); });
}

TEST(DeviceLoop, NamesThePromptWhoseLogitsAreBroken) {
  const auto policy = model("opt_base");
  at::Tensor(policy->lm->parameters().front().second).detach()[7].fill_(std::nan(""));
  for (const bool do_sample : {false, true}) {
    // The tied head makes the logit of token 7 a NaN for every row.
    const at::NoGradGuard no_grad;
    const auto told = [](std::int64_t, std::int64_t) { ADD_FAILURE() << "told a token of broken logits"; };
    const GenerateOptions options{.max_new_tokens = 4, .do_sample = do_sample};
    expect_error(
        ErrorKind::kInternal,
        [&] {
          generate_on_device(*policy->lm, {{5}, {6}}, options, told);
        },
        "prompt 0");
  }
}

TEST(JointLinear, KeepsTheParametersAndTheirGradients) {
  const auto policy = load_policy(golden::path("models/llama_grouped_llama3"), {.trainable = true});
  const auto file = golden::tensors("models/llama_grouped_llama3/model.safetensors");
  for (const auto& [name, tensor] : policy->lm->parameters()) {
    EXPECT_TRUE(at::equal(tensor, file.at(name))) << name;
    EXPECT_TRUE(tensor.is_leaf() && tensor.requires_grad() && tensor.is_contiguous()) << name;
    EXPECT_FALSE(tensor.is_view()) << name << ": autocast would cast it at every use";
  }
}

TEST(JointLinear, OneProductGivesTheBitsOfTheSingleOnes) {
  const at::NoGradGuard no_grad;
  NamedTensors parameters;
  for (const auto& [name, out] : {std::pair("q", 192), {"k", 64}, {"v", 64}}) {
    parameters.emplace_back(std::string(name) + ".weight", golden::noise({out, 320}, out + name[0]).to(at::kFloat));
    parameters.emplace_back(std::string(name) + ".bias", golden::noise({out}, out - name[0]).to(at::kFloat));
  }
  const JointLinear joint(parameters, {"q", "k", "v"});
  for (const std::int64_t rows : {1, 8, 47, 65, 200}) {
    const at::Tensor x = golden::noise({rows, 320}, static_cast<std::uint64_t>(rows)).to(at::kFloat);
    const at::Tensor apart = at::cat({joint[0](x), joint[1](x), joint[2](x)}, /*dim=*/-1);
    // The product of a library may sum in another order.
    EXPECT_LE(golden::deviation(joint(x), apart), kernel::prefers_own_product() ? 0.0 : 1e-4) << rows << " rows";
  }
}

// Draws by tensor operations against the running sums of the kernel for the CPU.
TEST(DrawTokens, FollowsTheRunningSum) {
  constexpr std::int64_t kRows = 300;
  for (const std::int64_t vocabulary : {1, 5, 511, 512, 1300}) {
    const at::Tensor logits = golden::noise({kRows, vocabulary}, 3).to(at::kFloat) * 3;
    if (vocabulary > 5) logits.slice(/*dim=*/1, 1, 4).fill_(-std::numeric_limits<float>::infinity());
    RandomStream random(4, 0);
    const at::Tensor uniforms = at::empty({kRows}, at::kDouble);
    for (std::int64_t i = 0; i < kRows; ++i) uniforms[i] = random.next_uniform();
    uniforms[0] = 0.0;
    uniforms[1] = std::nextafter(1.0, 0.0);
    const at::Tensor drawn = draw_tokens(logits, logits.amax(-1, /*keepdim=*/true), uniforms);
    for (std::int64_t i = 0; i < kRows; ++i) {
      const std::span<const float> row(logits[i].const_data_ptr<float>(), static_cast<std::size_t>(vocabulary));
      EXPECT_EQ(drawn[i].item<std::int64_t>(), kernel::draw_index(row, uniforms[i].item<double>())) << "row " << i;
    }
  }
}

TEST(DrawTokens, NeverDrawsWhatHasNoWeight) {
  const float never = -std::numeric_limits<float>::infinity();
  const at::Tensor logits = at::tensor({never, 0.0F, never, 1.0F, never}).repeat({3, 1});
  const at::Tensor uniforms = at::tensor({0.0, 0.2689, std::nextafter(1.0, 0.0)}, at::kDouble);
  // The weights are 1 and e, so the first place ends at 1 / (1 + e) = 0.26894.
  EXPECT_TRUE(
      at::equal(draw_tokens(logits, logits.amax(-1, /*keepdim=*/true), uniforms), at::tensor({1, 1, 3}, at::kLong)));
}

}  // namespace
}  // namespace dppo
