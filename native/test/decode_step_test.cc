// A decoding step by kernels of our own against the model's operations in float32. Without a GPU these tests are
// skipped.
#include "model/decode_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/device.h"
#include "checkpoint/model_folder.h"
#include "generate/generate.h"
#include "golden.h"
#include "gpu/program.h"
#include "model/policy.h"

namespace dppo {
namespace {

class CudaDecodeStep : public testing::Test {
 protected:
  void SetUp() override {
    if (available_devices().size() < 2) GTEST_SKIP() << "there is no GPU";
    if (!gpu::runs_programs(c10::Device(at::kCUDA, 0))) GTEST_SKIP() << "built without NVRTC, or an older GPU";
    at::manual_seed(1);
  }
};

struct Case {
  std::string name;
  std::string config;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {"opt", R"({"model_type": "opt", "vocab_size": 1003, "hidden_size": 192, "num_hidden_layers": 2,
                  "num_attention_heads": 3, "ffn_dim": 448, "word_embed_proj_dim": 192, "activation_function": "relu",
                  "max_position_embeddings": 512, "do_layer_norm_before": true})"},
      {"opt without weights in norms", R"({"model_type": "opt", "vocab_size": 320, "hidden_size": 128,
                  "num_hidden_layers": 1, "num_attention_heads": 4, "ffn_dim": 64, "word_embed_proj_dim": 128,
                  "activation_function": "gelu", "enable_bias": false, "layer_norm_elementwise_affine": false,
                  "max_position_embeddings": 512})"},
      {"gpt2",
       R"({"model_type": "gpt2", "vocab_size": 777, "n_embd": 256, "n_layer": 3, "n_head": 2, "n_positions": 512,
                   "scale_attn_by_inverse_layer_idx": true})"},
      {"llama", R"({"model_type": "llama", "vocab_size": 2048, "hidden_size": 512, "num_hidden_layers": 2,
                    "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 64, "intermediate_size": 1088,
                    "max_position_embeddings": 512, "rope_theta": 500000.0, "tie_word_embeddings": false,
                    "rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                                     "high_freq_factor": 4.0, "original_max_position_embeddings": 64}})"},
      {"mistral with a window", R"({"model_type": "mistral", "vocab_size": 640, "hidden_size": 256,
                    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 32,
                    "intermediate_size": 512, "max_position_embeddings": 512, "sliding_window": 50})"},
      {"qwen2", R"({"model_type": "qwen2", "vocab_size": 640, "hidden_size": 256, "num_hidden_layers": 2,
                    "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 576,
                    "max_position_embeddings": 512, "tie_word_embeddings": true})"}};
  return list;
}

// Returns a float32 model on the GPU whose weights are numbers of bfloat16, none of them at its first value.
// Ids from `first_unused` on have no token, if it is above 0.
std::shared_ptr<Policy> random_model(const std::string& config, std::int64_t first_unused = 0) {
  const at::NoGradGuard no_grad;
  LoadOptions options{.device = "cuda"};
  for (std::int64_t id = 0; id < first_unused; ++id) options.token_ids.push_back(id);
  auto policy = create_policy(config, options);
  for (const auto& [name, tensor] : policy->lm->parameters()) {
    const bool is_matrix = tensor.dim() == 2;
    const double deviation = is_matrix ? 1.5 / std::sqrt(static_cast<double>(tensor.size(1))) : 0.2;
    const bool is_norm_weight = !is_matrix && name.ends_with("weight");
    tensor.copy_((at::randn_like(tensor) * deviation + (is_norm_weight ? 1.0 : 0.0)).to(at::kBFloat16));
  }
  return policy;
}

KvCache random_cache(const ModelConfig& config, std::int64_t rows, std::int64_t capacity) {
  KvCache cache(config, rows, capacity, at::TensorOptions().device(at::kCUDA).dtype(at::kBFloat16));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    cache.keys(layer).normal_();
    cache.values(layer).normal_();
  }
  return cache;
}

// Returns a copy in another type.
KvCache copy_of(const KvCache& cache, const ModelConfig& config, at::ScalarType dtype) {
  KvCache copy(config, cache.keys(0).size(0), cache.capacity(), cache.keys(0).options().dtype(dtype));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    copy.keys(layer).copy_(cache.keys(layer));
    copy.values(layer).copy_(cache.values(layer));
  }
  return copy;
}

double relative_error(const at::Tensor& ours, const at::Tensor& exact) {
  return ((ours.to(at::kDouble) - exact).norm() / exact.to(at::kDouble).norm()).item<double>();
}

TEST_F(CudaDecodeStep, IsAsCloseToFloat32AsTheModelsOperations) {
  const at::NoGradGuard no_grad;
  constexpr std::int64_t kCapacity = 320;
  for (const Case& item : cases()) {
    const auto policy = random_model(item.config);
    const CausalLM& exact = *policy->lm;
    const CausalLM& half = exact.bfloat16_copy();
    const ModelConfig& config = exact.config();
    for (const std::int64_t rows : {1, 3, 8, 9, 20, 32}) {
      const std::string what = item.name + ", " + std::to_string(rows) + " rows";
      const auto step = DecodeStep::make(half, rows);
      ASSERT_NE(step, nullptr) << what;
      const auto numbers = at::TensorOptions().device(at::kCUDA).dtype(at::kLong);
      at::Tensor positions = at::randint(0, kCapacity, {rows}, numbers);
      positions[0] = rows % 2 == 0 ? 0 : kCapacity - 1;
      const PackedRows next = next_token_of_every_slot(at::randint(0, config.vocab_size, {rows}, numbers), positions);
      const KvCache before = random_cache(config, rows, kCapacity);
      KvCache wide = copy_of(before, config, at::kFloat), theirs = copy_of(before, config, at::kBFloat16),
              ours = copy_of(before, config, at::kBFloat16);
      const at::Tensor expected = exact.logits(exact.hidden(next, &wide));
      const double usual = relative_error(half.logits(half.hidden(next, &theirs)), expected);
      // Twice, because a kernel may start while the one in front is running.
      for (int time = 0; time < 2; ++time) {
        const double error = relative_error((*step)(next, ours), expected);
        EXPECT_LT(error, 1.3 * usual + 1e-3) << what << ": the model's operations deviate by " << usual;
      }
      EXPECT_GT(usual, 1e-4) << what << ": bfloat16 rounds";
      // Returns what stands at the positions of the new tokens, (rows, heads, head size).
      const auto newest = [&](const at::Tensor& cached) {
        const at::Tensor places = positions.view({-1, 1, 1, 1}).expand({-1, cached.size(1), 1, cached.size(3)});
        return cached.gather(2, places).squeeze(2);
      };
      for (std::int64_t layer = 0; layer < config.layers; ++layer) {
        const std::string where = what + ", layer " + std::to_string(layer);
        for (const auto& [part, mine, exactly] : {std::tuple{"keys", ours.keys(layer), wide.keys(layer)},
                                                  {"values", ours.values(layer), wide.values(layer)}}) {
          EXPECT_LT(relative_error(newest(mine), newest(exactly)), 3e-2) << where << ", new " << part;
        }
        // Nothing but the new tokens is written.
        const at::Tensor changed = (ours.keys(layer) != before.keys(layer)).any(-1).any(1).sum(-1);
        EXPECT_TRUE((changed == 1).all().item<bool>()) << where;
      }
    }
  }
}

TEST_F(CudaDecodeStep, DoesNotDependOnOtherRowsOrOnTheRun) {
  const at::NoGradGuard no_grad;
  const auto policy = random_model(cases()[3].config);
  const CausalLM& half = policy->lm->bfloat16_copy();
  const ModelConfig& config = half.config();
  const auto numbers = at::TensorOptions().device(at::kCUDA).dtype(at::kLong);
  const at::Tensor ids = at::randint(0, config.vocab_size, {8}, numbers);
  const at::Tensor positions = at::randint(0, 300, {8}, numbers);
  const auto step = DecodeStep::make(half, 8);
  KvCache cache = random_cache(config, 8, 320);
  const at::Tensor first = (*step)(next_token_of_every_slot(ids, positions), cache).clone();
  for (int time = 0; time < 50; ++time) {
    EXPECT_TRUE(at::equal((*step)(next_token_of_every_slot(ids, positions), cache), first)) << "run " << time;
  }
  at::Tensor other_ids = ids.clone();
  other_ids.narrow(0, 1, 7).random_(0, config.vocab_size);
  const at::Tensor others = (*step)(next_token_of_every_slot(other_ids, positions), cache);
  EXPECT_TRUE(at::equal(others[0], first[0]));
  EXPECT_FALSE(at::equal(others[1], first[1]));
}

TEST_F(CudaDecodeStep, IsAbsentForWhatTheKernelsDoNotCompute) {
  const auto float32 = random_model(cases()[0].config);
  EXPECT_EQ(DecodeStep::make(*float32->lm, 1), nullptr) << "float32";
  EXPECT_NE(DecodeStep::make(float32->lm->bfloat16_copy(), 32), nullptr);
  EXPECT_EQ(DecodeStep::make(float32->lm->bfloat16_copy(), 33), nullptr) << "33 rows";
  const auto opt = [](const std::string& more) {
    return create_policy(R"({"model_type": "opt", "vocab_size": 320, "hidden_size": 128, "num_hidden_layers": 1,
                             "num_attention_heads": 4, "ffn_dim": 64, "max_position_embeddings": 512)" +
                             more + "}",
                         {.device = "cuda", .dtype = "bfloat16"});
  };
  EXPECT_NE(DecodeStep::make(*opt("")->lm, 1), nullptr);
  EXPECT_EQ(DecodeStep::make(*opt(R"(, "do_layer_norm_before": false)")->lm, 1), nullptr) << "norms after each part";
  EXPECT_EQ(DecodeStep::make(*opt(R"(, "word_embed_proj_dim": 64)")->lm, 1), nullptr) << "projections";
  EXPECT_EQ(DecodeStep::make(*opt(R"(, "_remove_final_layer_norm": true)")->lm, 1), nullptr) << "no final norm";
}

// The graph of a step reads the weights that the copy has when it runs, and never draws an id without a token.
TEST_F(CudaDecodeStep, GeneratesWithThePresentWeightsOfTheCopy) {
  const at::NoGradGuard no_grad;
  const golden::Rows prompts{{5, 6, 7}, {8}, {9, 10, 11, 12, 13, 14}};
  GenerateOptions options{.max_new_tokens = 24, .do_sample = true, .autocast_bf16 = true};
  for (std::uint64_t row = 0; row < prompts.size(); ++row) options.streams.emplace_back(1, row);
  const std::int64_t first_unused = 300;
  for (const std::size_t at : {0U, 3U}) {
    const auto policy = random_model(cases()[at].config, first_unused);
    ASSERT_NE(DecodeStep::make(policy->lm->bfloat16_copy(), 3), nullptr);
    golden::Rows previous;
    for (int change = 0; change < 3; ++change) {
      const golden::Rows drawn = generate(*policy->lm, prompts, options);
      policy->lm->release_workspaces();
      EXPECT_EQ(generate(*policy->lm, prompts, options), drawn) << "with a new copy, after change " << change;
      EXPECT_NE(drawn, previous);
      previous = drawn;
      for (const auto& row : drawn) {
        for (const std::int64_t id : row) EXPECT_LT(id, first_unused);
      }
      generate(*policy->lm, prompts, options);
      for (const auto& [name, tensor] : policy->lm->parameters()) tensor.mul_(1.05);
    }
  }
}

TEST(DecodePlan, FitsTheMemoryOfEveryGpu) {
  using gpu::DecodeSizes;
  const DecodeSizes child{gpu::Norm::kLayer, gpu::Epilogue::kRelu, 8, 768, 768, 3072, 64};
  const DecodeSizes teacher{gpu::Norm::kRms, gpu::Epilogue::kGated, 8, 2048, 2048, 8192, 64};
  // The shared memory that a block can have on GPUs of compute capability 8.6 and 8.9, 8.0, and 9.0 (CUDA C++
  // Programming Guide, technical specifications).
  for (const int kib : {99, 163, 227}) {
    for (DecodeSizes sizes : {child, teacher}) {
      for (sizes.rows = 1; sizes.rows <= 32; ++sizes.rows) {
        const auto plan = gpu::plan_decoding(sizes, kib * 1024);
        // Rows that a block normalises must fit into the registers of few warps where there is little memory.
        const bool is_hard = kib < 227 && sizes.hidden == 2048 && sizes.rows > 16;
        EXPECT_TRUE(is_hard || plan.has_value()) << kib << " KiB, " << sizes.rows << " rows of " << sizes.hidden;
        if (!plan) continue;
        for (const auto& [inputs, warps] : {std::pair{sizes.hidden, plan->hidden_warps},
                                            {sizes.attended, plan->attended_warps},
                                            {sizes.ffn, plan->ffn_warps}}) {
          EXPECT_GE(warps, 1);
          EXPECT_LE(warps, gpu::kMostWarps);
          EXPECT_LE(gpu::ring_bytes(warps) + gpu::sum_bytes(warps, plan->row_tiles), kib * 1024) << inputs;
        }
        EXPECT_GE(plan->row_tiles * gpu::kTileRows, sizes.rows);
      }
    }
  }
  EXPECT_EQ(gpu::plan_decoding(child, 227 * 1024)->ffn_warps, 16);
  EXPECT_EQ(gpu::plan_decoding(teacher, 227 * 1024)->hidden_warps, 8);
  const auto plan_of = [&](auto change) {
    DecodeSizes sizes = child;
    change(sizes);
    return gpu::plan_decoding(sizes, 227 * 1024);
  };
  EXPECT_FALSE(plan_of([](DecodeSizes& sizes) { sizes.rows = 33; }));
  EXPECT_FALSE(plan_of([](DecodeSizes& sizes) { sizes.ffn = 3000; }));
  EXPECT_FALSE(plan_of([](DecodeSizes& sizes) { sizes.head_dim = 96; }));
  EXPECT_FALSE(plan_of([](DecodeSizes& sizes) { sizes.hidden = 16'384; }));
  EXPECT_FALSE(gpu::plan_decoding(child, 4 * 1024));
}

}  // namespace
}  // namespace dppo
