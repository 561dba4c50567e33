// A decoding step by kernels of our own against the model's operations in float32. Without a GPU these tests are
// skipped.
#include "model/decode_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/device.h"
#include "checkpoint/model_folder.h"
#include "gpu/program.h"
#include "model/policy.h"

namespace dppo {
namespace {

class CudaDecodeStep : public testing::Test {
 protected:
  void SetUp() override {
    if (available_devices().size() < 2) GTEST_SKIP() << "there is no GPU";
    if (!gpu::has_programs()) GTEST_SKIP() << "built without NVRTC";
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
std::shared_ptr<Policy> random_model(const std::string& config) {
  const at::NoGradGuard no_grad;
  auto policy = create_policy(config, {.device = "cuda", .dtype = "float32"});
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
      for (std::int64_t layer = 0; layer < config.layers; ++layer) {
        EXPECT_LT(relative_error(ours.keys(layer), wide.keys(layer)), 1e-2) << what << ", keys of layer " << layer;
        EXPECT_LT(relative_error(ours.values(layer), wide.values(layer)), 1e-2) << what << ", values";
        // Nothing but the new tokens is written.
        const at::Tensor changed = (ours.keys(layer) != before.keys(layer)).any(-1).any(1).sum(-1);
        EXPECT_TRUE((changed == 1).all().item<bool>()) << what << ", layer " << layer;
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
  EXPECT_EQ(DecodeStep::make(float32->lm->bfloat16_copy(), 33), nullptr) << "33 rows";
  const auto post_norm = create_policy(
      R"({"model_type": "opt", "vocab_size": 320, "hidden_size": 128, "num_hidden_layers": 1, "num_attention_heads": 4,
          "ffn_dim": 64, "word_embed_proj_dim": 64, "do_layer_norm_before": false, "max_position_embeddings": 512})",
      {.device = "cuda", .dtype = "bfloat16"});
  EXPECT_EQ(DecodeStep::make(*post_norm->lm, 1), nullptr) << "OPT with normalisation behind each part";
}

}  // namespace
}  // namespace dppo
