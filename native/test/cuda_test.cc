// What a GPU computes against what the CPU computes, on the golden models. Without a GPU these tests are skipped.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <string_view>

#include "base/device.h"
#include "base/graphed_callable.h"
#include "checkpoint/model_folder.h"
#include "generate/generate.h"
#include "generate/padded_prompts.h"
#include "generate/prefill.h"
#include "generate_cases.h"
#include "golden.h"
#include "model/attention.h"
#include "model/kv_cache.h"
#include "model/packed_rows.h"
#include "model/scoring.h"
#include "pass_checks.h"
#include "ppo/trainer.h"

namespace dppo {
namespace {

// Sums in another order, and exponentials of another library.
constexpr double kTolerance = 2e-5;

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (available_devices().size() < 2) GTEST_SKIP() << "there is no GPU";
  }
};

std::shared_ptr<Policy> model(const std::string& name, const std::string& device) {
  return load_policy(golden::path("models/" + name), {.device = device});
}

TEST_F(Cuda, LogitsEqualTransformers) {
  for (const std::string& name : golden::folders("models")) {
    const auto expected = golden::tensors("models/" + name + "/expected.safetensors");
    const auto policy = model(name, "cuda");
    const at::Tensor ours = at::cat(row_logits(*policy->lm, golden::rows(expected)));
    golden::within("logits " + name + " on a GPU", golden::deviation(ours, expected.at("right")), kTolerance);
  }
}

TEST_F(Cuda, GreedyEqualsTransformersTokenForToken) {
  const Json cases = golden::json("generation/cases.json");
  for (const Json& item : golden::member(cases, "greedy").as_array()) {
    const auto policy = model(golden::member(item, "model").as_string(), "cuda");
    GenerateOptions options = options_of(golden::member(item, "options"));
    options.max_new_tokens = golden::member(item, "maxNewTokens").as_integer();
    const golden::Rows prompts = golden::rows(golden::member(item, "prompts"));
    const golden::Rows expected = golden::rows(golden::member(item, "expected"));
    // The later calls use the graph of the first.
    for (int call = 0; call < 3; ++call) {
      EXPECT_EQ(generate(*policy->lm, prompts, options), expected) << golden::member(item, "name").as_string();
    }
  }
}

TEST_F(Cuda, DrawsTheTokensOfTheCpu) {
  const golden::Rows prompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}, {15, 16}};
  GenerateOptions options{.max_new_tokens = 20, .do_sample = true, .temperature = 0.9, .top_k = 20, .top_p = 0.95};
  for (const char* name : {"opt_base", "gpt2_base", "llama_grouped_llama3", "mistral_window"}) {
    const auto here = model(name, "cpu");
    const auto there = model(name, "cuda");
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      options.streams.clear();
      for (std::size_t i = 0; i < prompts.size(); ++i) options.streams.emplace_back(seed, i);
      EXPECT_EQ(generate(*there->lm, prompts, options), generate(*here->lm, prompts, options)) << name;
    }
  }
}

TEST_F(Cuda, PpoStepsMoveTheWeightsAsOnTheCpu) {
  PpoConfig config;
  config.batch_size = 4;
  config.mini_batch_size = 2;
  config.ppo_epochs = 2;
  config.learning_rate = 1e-3;
  config.eps = 1e-2;  // without it, rounding in a gradient near zero would move a weight
  config.ptx_coef = 0.5;
  PpoBatch batch;
  for (std::int64_t i = 0; i < 4; ++i) {
    batch.queries.push_back({3 + i, 4, 5 + i});
    batch.responses.push_back(std::vector<std::int64_t>(static_cast<std::size_t>(2 + 3 * i), 6 + i));
    for (std::int64_t row = 0; row < config.ppo_epochs; ++row) batch.ptx_rows.push_back({7, 8 + i, 9 + row});
    batch.scores.push_back(static_cast<float>(i) - 1.5F);
  }
  for (const char* name : {"opt_base", "gpt2_base", "llama_grouped_llama3"}) {
    std::vector<NamedTensors> weights;
    for (const char* device : {"cpu", "cuda"}) {
      const LoadOptions options{.device = device, .trainable = true, .value_head = true, .seed = 3};
      const auto policy = load_policy(golden::path(std::string("models/") + name), options);
      PpoTrainer trainer(policy, clone_frozen(*policy), config);
      for (int step = 0; step < 2; ++step) trainer.step(batch);
      weights.push_back(policy->parameters());
    }
    const auto before = load_policy(golden::path(std::string("models/") + name), {});
    for (std::size_t i = 0; i < weights[0].size(); ++i) {
      const at::Tensor there = weights[1][i].second.detach().cpu();
      golden::within("weights after two PPO steps on a GPU, " + std::string(name) + " " + weights[0][i].first,
                     golden::deviation(there, weights[0][i].second), 2e-6);
    }
    const at::Tensor moved = weights[1].front().second.detach().cpu();
    EXPECT_GT(golden::deviation(moved, before->lm->parameters().front().second), 1e-4) << "the steps must move weights";
  }
}

// Minibatches with many tokens are not captured, and their statistics join those of the others.
TEST_F(Cuda, APpoStepMayCaptureSomeOfItsMinibatches) {
  PpoConfig config;
  config.batch_size = 160;
  config.mini_batch_size = 80;
  config.ppo_epochs = 2;
  config.eps = 1e-2;
  PpoBatch batch;
  for (std::int64_t i = 0; i < config.batch_size; ++i) {
    batch.queries.push_back({3, 4});
    batch.responses.push_back(std::vector<std::int64_t>(i < config.mini_batch_size ? 28 : 2, 5 + i % 30));
    batch.scores.push_back(static_cast<float>(i % 7) - 3.0F);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(config.batch_size));
  std::iota(order.begin(), order.end(), 0);
  batch.permutations = {order, order};
  std::vector<std::vector<std::pair<std::string, double>>> stats;
  for (const char* device : {"cpu", "cuda"}) {
    const LoadOptions options{.device = device, .trainable = true, .value_head = true, .seed = 3};
    const auto policy = load_policy(golden::path("models/opt_base"), options);
    PpoTrainer trainer(policy, clone_frozen(*policy), config);
    stats.push_back(trainer.step(batch).stats);
    std::erase_if(stats.back(), [](const auto& entry) { return !entry.first.starts_with("ppo/"); });
  }
  ASSERT_EQ(stats[0].size(), stats[1].size());
  for (std::size_t i = 0; i < stats[0].size(); ++i) {
    EXPECT_EQ(stats[0][i].first, stats[1][i].first);
    EXPECT_NEAR(stats[0][i].second, stats[1][i].second, 1e-4) << stats[0][i].first;
  }
}

TEST_F(Cuda, ModelsInFloat64AreNotCaptured) {
  for (const char* dtype : {"float32", "float64"}) {
    const auto policy = load_policy(golden::path("models/opt_base"), {.device = "cuda", .dtype = dtype});
    const bool captures = has_cuda_graphs() && std::string_view(dtype) == "float32";
    EXPECT_EQ(may_capture(*policy->lm, {.capture = true}), captures) << dtype;
  }
}

TEST_F(Cuda, CapturedPassesEqualThoseThatAreNot) {
  for (const char* name : kPassModels) {
    for (const bool autocast : {false, true}) {
      const LoadOptions load{.device = "cuda", .trainable = true, .value_head = true, .seed = 3};
      const auto policy = load_policy(golden::path(std::string("models/") + name), load);
      GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
      const PassOptions options{.autocast = autocast, .entropy = true};
      const StepRows rows = rows_of(ragged_batch(), policy->lm->device());
      for (int round = 0; round < 3; ++round) {
        // A minibatch that is skipped has no backward pass.
        graphed.forward(targets_of(rows, kSampleOrders[1]), policy->value_head_or_null(), options);
        for (const auto& samples : kSampleOrders) {
          const PassResult expected = plain_pass(*policy, samples, options);
          const PassResult ours = graphed_pass(graphed, *policy, samples, options);
          // bfloat16 has 8 bits, and the products of another shape add up in another order.
          expect_equal(ours, expected, std::string(name) + (autocast ? " with autocast" : "") + " captured",
                       autocast ? 3e-2 : kTolerance);
        }
        // The passes read the weights anew.
        const at::NoGradGuard no_grad;
        for (const auto& [parameter, tensor] : policy->parameters()) tensor.mul_(1.01);
      }
    }
  }
}

TEST_F(Cuda, AttentionOfRaggedRowsIsThatOfTheCpu) {
  const at::NoGradGuard no_grad;
  const TokenRows tokens{std::vector<std::int64_t>(200, 5), {6}, std::vector<std::int64_t>(37, 7), {8, 9, 10}};
  ModelConfig config;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 16;
  const auto numbers = [](std::int64_t count, std::int64_t heads) {
    return at::randn({count, heads, 16}).to(at::kBFloat16);
  };
  for (const std::vector<std::int64_t>& tails : {std::vector<std::int64_t>{}, {50, 1, 37, 2}}) {
    const PackedRows here = pack_rows(spans_of(tokens), tails, at::kCPU);
    const PackedRows there = pack_rows(spans_of(tokens), tails, at::kCUDA);
    const std::int64_t all = here.ids.size(0);
    const at::Tensor q = numbers(tails.empty() ? all : 90, 4), k = numbers(all, 2), v = numbers(all, 2);
    const auto wide = [](const at::Tensor& x) { return x.to(at::kFloat); };
    const at::Tensor expected = Attention(here, nullptr, config)(0, wide(q), wide(k), wide(v));
    const at::Tensor ours = Attention(there, nullptr, config)(0, q.cuda(), k.cuda(), v.cuda());
    golden::within("attention of ragged rows in bfloat16", golden::deviation(wide(ours.cpu()), expected), 2e-2);
  }
}

// The first call computes as it is, the second one captures the work, and the third one replays the graph.
TEST_F(Cuda, PromptsInBfloat16AreCapturedWithPads) {
  const at::NoGradGuard no_grad;
  const TokenRows prompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}, {15, 16}};
  for (const char* name : {"opt_base", "gpt2_base", "llama_grouped_llama3"}) {
    const auto policy = model(name, "cuda");
    const CausalLM& lm = policy->lm->bfloat16_copy();
    // Heads of four numbers need pads.
    EXPECT_EQ(suits_padded_prompts(lm, prompts), lm.config().head_dim == 8) << name;
    const auto options = at::TensorOptions().device(lm.device()).dtype(lm.compute_dtype());
    KvCache cache(lm.config(), 4, 64, options);
    const at::Tensor expected = prefill_prompts(lm, prompts, cache);
    PaddedPrompts padded(4, PaddedPrompts::tokens_of(prompts), 64, lm.device());
    padded.fill(prompts);
    golden::within(
        std::string(name) + ": last states of padded prompts",
        golden::deviation(lm.hidden(padded.rows(), &cache).to(at::kCPU, at::kFloat), expected.to(at::kCPU, at::kFloat)),
        5e-2);
    const TokenRows first = generate(lm, prompts, {.max_new_tokens = 12});
    for (int call = 0; call < 3; ++call) EXPECT_EQ(generate(lm, prompts, {.max_new_tokens = 12}), first) << name;
  }
}

TEST_F(Cuda, ManyShapesCanBeCaptured) {
  const LoadOptions load{.device = "cuda", .trainable = true, .value_head = true, .seed = 3};
  const auto policy = load_policy(golden::path("models/opt_base"), load);
  GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
  expect_equal_over_many_shapes(graphed, *policy, kTolerance);
}

// Graphs end while others live: those of a generation with another number of rows, and those of passes.
TEST_F(Cuda, GraphsOfGenerationAndTrainingDoNotDisturbEachOther) {
  const LoadOptions load{.device = "cuda", .trainable = true, .value_head = true, .seed = 3};
  const auto policy = load_policy(golden::path("models/opt_base"), load);
  const golden::Rows prompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}};
  const GenerateOptions options{.max_new_tokens = 20};
  const golden::Rows few{prompts[0]};
  const golden::Rows expected = generate(*policy->lm, prompts, options),
                     expected_few = generate(*policy->lm, few, options);
  const PassResult plain = plain_pass(*policy, kSampleOrders[0], {});
  for (int round = 0; round < 3; ++round) {
    GraphedPasses graphed(*policy->lm, policy->value_head_or_null());
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(generate(*policy->lm, prompts, options), expected);
      expect_equal(graphed_pass(graphed, *policy, kSampleOrders[0], {}), plain, "between generations", kTolerance);
      EXPECT_EQ(generate(*policy->lm, few, options), expected_few);
    }
  }
}

TEST_F(Cuda, HasCudaGraphs) {
  if (!has_cuda_graphs()) GTEST_SKIP() << "built without the headers of CUDA";
  const at::Tensor count = at::zeros({1}, at::TensorOptions().device(at::kCUDA).dtype(at::kLong));
  GraphedCallable increment(count.device(), [&count] { count.add_(1); });
  for (int i = 0; i < 5; ++i) increment();
  EXPECT_EQ(count.item<std::int64_t>(), 5);
}

// The product takes memory that outlives the capture that fails.
TEST_F(Cuda, WorkThatFailsWhileItIsCapturedIsCapturedLater) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::eye(16, at::TensorOptions().device(at::kCUDA)), sum = at::zeros_like(x);
  bool fails = false;
  GraphedCallable product(x.device(), [&] {
    sum.add_(x.mm(x));
    if (fails) throw std::runtime_error("while it is captured");
  });
  product();
  fails = has_cuda_graphs();
  if (fails) {
    EXPECT_THROW(product(), std::runtime_error);
  }
  fails = false;
  for (int i = 0; i < 3; ++i) product();
  EXPECT_TRUE(sum.equal(x * 4.0));
}

}  // namespace
}  // namespace dppo
