// Logits of every model variant against transformers.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "checkpoint/config_json.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "golden.h"
#include "io/file.h"
#include "kernel/level.h"
#include "model/kv_cache.h"
#include "model/make_model.h"
#include "model/scoring.h"

namespace dppo {
namespace {

constexpr double kTolerance = 2e-5;
// transformers in bfloat16 is off by up to 0.17 on the same models.
constexpr double kBfloat16Tolerance = 0.3;

at::Tensor all_logits(const Policy& policy, const golden::Rows& rows) { return at::cat(row_logits(*policy.lm, rows)); }

// Passes the rows through a cache, three tokens first, then two, then one by one, and returns the largest deviation of
// the logits after each pass. `expected` holds the logits of all tokens of all rows.
double cached_deviation(const CausalLM& lm, const golden::Rows& rows, const at::Tensor& expected) {
  const at::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(rows.size());
  KvCache cache(lm.config(), count, /*capacity=*/32, at::TensorOptions().dtype(lm.compute_dtype()));
  double worst = 0.0;
  for (std::size_t pass = 0;; ++pass) {
    const std::size_t most = pass == 0 ? 3 : pass == 1 ? 2 : 1;
    TokenSpans next;
    std::vector<std::int64_t> starts, slots, places;  // places in `expected`
    std::int64_t before = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto& row = rows[static_cast<std::size_t>(i)];
      const std::int64_t slot = count - 1 - i;  // the order of the slots is free
      const auto done = static_cast<std::size_t>(cache.length(slot));
      if (done < row.size()) {
        next.push_back(std::span(row).subspan(done, std::min(most, row.size() - done)));
        starts.push_back(cache.length(slot));
        slots.push_back(slot);
        places.push_back(before + static_cast<std::int64_t>(done + next.back().size()) - 1);
      }
      before += static_cast<std::int64_t>(row.size());
    }
    if (next.empty()) return worst;
    const at::Tensor hidden = lm.hidden(pack_next_tokens(next, starts, slots, lm.device()), &cache);
    const at::Tensor theirs = expected.index_select(0, at::tensor(places, at::kLong));
    worst = std::max(worst, golden::deviation(lm.logits(hidden), theirs));
  }
}

class Models : public testing::TestWithParam<std::string> {
 protected:
  const std::string folder_ = "models/" + GetParam();
  const std::map<std::string, at::Tensor> expected_ = golden::tensors(folder_ + "/expected.safetensors");
  const golden::Rows rows_ = golden::rows(expected_);
};

TEST_P(Models, LogitsEqualTransformers) {
  const auto policy = load_policy(golden::path(folder_), {});
  std::vector<at::Tensor> alone;
  for (const auto& row : rows_) alone.push_back(row_logits(*policy->lm, {row}).front());
  const std::string name = "logits " + GetParam();
  golden::within(name + " one row", golden::deviation(at::cat(alone), expected_.at("plain")), kTolerance);
  // transformers pads the rows; its outputs at real tokens are the same on either side.
  const at::Tensor together = all_logits(*policy, rows_);
  golden::within(name + " right-padded", golden::deviation(together, expected_.at("right")), kTolerance);
  golden::within(name + " left-padded", golden::deviation(together, expected_.at("left")), kTolerance);
  golden::within(name + " cached", cached_deviation(*policy->lm, rows_, expected_.at("plain")), kTolerance);
}

// A CPU computes in float32 with 16-bit weights, so nothing but the rounding of the weights may differ. Units for
// bfloat16 also round what enters and leaves a product of more than a few rows.
TEST_P(Models, SixteenBitWeightsAgreeWithTheirFloat32Copies) {
  for (const std::string dtype : {"bfloat16", "float16"}) {
    const bool rounds = dtype == "bfloat16" && kernel::has_bfloat16_units();
    const double tolerance = rounds ? kBfloat16Tolerance : kTolerance;
    const auto stored = load_policy(golden::path(folder_), {.dtype = dtype});
    NamedTensors rounded;
    for (const auto& [name, tensor] : stored->lm->parameters()) rounded.emplace_back(name, tensor.to(at::kFloat));
    const Policy wide{make_model(stored->lm->config(), std::move(rounded)), std::nullopt, "", ""};
    const at::Tensor expected = all_logits(wide, rows_);
    const std::string name = "logits " + GetParam() + " " + dtype;
    golden::within(name, golden::deviation(all_logits(*stored, rows_), expected), tolerance);
    golden::within(name + " cached", cached_deviation(*stored->lm, rows_, expected), tolerance);
    EXPECT_GT(golden::deviation(all_logits(*stored, rows_), expected_.at("plain")), kTolerance);
  }
}

TEST_P(Models, AnyWeightChangedByOnePercentIsNoticed) {
  const auto policy = load_policy(golden::path(folder_), {.trainable = true});
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : policy->lm->parameters()) {
    // A constant added to all keys cancels in the softmax, unless a rotation turns it.
    if (name.ends_with("k_proj.bias")) continue;
    const at::Tensor kept = tensor.clone();
    at::Tensor(tensor).mul_(1.01);
    EXPECT_GT(golden::deviation(all_logits(*policy, rows_), expected_.at("right")), 2 * kTolerance) << name;
    at::Tensor(tensor).copy_(kept);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Models, testing::ValuesIn(golden::folders("models")),
                         [](const auto& info) { return info.param; });

// A copy of a golden model whose config.json has one text replaced.
std::shared_ptr<Policy> altered(const std::string& model, const std::string& from, const std::string& to) {
  const golden::TemporaryFolder folder;
  std::string config = read_text_file(golden::path("models/" + model + "/config.json"));
  const auto at = config.find(from);
  if (at == std::string::npos) throw std::runtime_error("the config lacks " + from);
  golden::write_file(folder.file("config.json"), config.replace(at, from.size(), to));
  std::filesystem::copy(golden::path("models/" + model + "/model.safetensors"), folder.file("model.safetensors"));
  return load_policy(folder.path(), {});
}

struct Change {
  const char* model;
  const char* from;
  const char* to;
};

TEST(ModelConfigs, EveryKeyHasItsEffect) {
  const std::vector<Change> changes{
      {"opt_gelu", "\"gelu\"", "\"gelu_new\""},
      {"opt_gelu_new", "\"gelu_new\"", "\"gelu\""},
      {"opt_base", "\"relu\"", "\"gelu\""},
      {"opt_base", "\"num_attention_heads\": 2", "\"num_attention_heads\": 4"},
      {"opt_no_final_norm", "\"do_layer_norm_before\": true", "\"do_layer_norm_before\": false"},
      {"llama_linear", "\"factor\": 2.0", "\"factor\": 2.1"},
      {"llama_linear", "\"linear\"", "\"default\""},
      {"llama_grouped_llama3", "\"factor\": 4.0", "\"factor\": 5.0"},
      {"llama_grouped_llama3", "\"original_max_position_embeddings\": 16", "\"original_max_position_embeddings\": 32"},
      {"llama_rope_parameters", "\"rope_theta\": 10000.0", "\"rope_theta\": 9000.0"},
      {"llama_plain", "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 1e-03"},
      {"gpt2_base", "\"gelu_new\"", "\"silu\""},
      {"gpt2_base", "\"n_head\": 2", "\"n_head\": 4"},
      {"gpt2_inner", "\"layer_norm_epsilon\": 0.01", "\"layer_norm_epsilon\": 0.02"},
      {"gpt2_scaled_by_layer", "\"scale_attn_by_inverse_layer_idx\": true",
       "\"scale_attn_by_inverse_layer_idx\": false"},
      {"gpt2_unscaled", "\"scale_attn_weights\": false", "\"scale_attn_weights\": true"},
      {"qwen2_plain", "\"rope_theta\": 1000.0", "\"rope_theta\": 900.0"},
      {"mistral_window", "\"sliding_window\": 4", "\"sliding_window\": 5"},
      {"mistral_window", "\"sliding_window\": 4", "\"sliding_window\": null"},
  };
  for (const Change& change : changes) {
    const auto expected = golden::tensors(std::string("models/") + change.model + "/expected.safetensors");
    const auto policy = altered(change.model, change.from, change.to);
    const double deviation = golden::deviation(all_logits(*policy, golden::rows(expected)), expected.at("right"));
    EXPECT_GT(deviation, 10 * kTolerance) << change.model << ": " << change.to;
  }
}

TEST(ModelConfigs, UnsupportedValuesNameTheKey) {
  const std::vector<Change> changes{
      {"opt_base", "\"relu\"", "\"mish\""},
      {"opt_base", "\"model_type\": \"opt\"", "\"model_type\": \"bert\""},
      {"opt_base", "\"vocab_size\": 40", "\"vocab_size\": -1"},
      {"opt_base", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1000000000000"},
      {"opt_base", "\"hidden_size\": 16", "\"hidden_size\": 1.5"},
      {"opt_base", "\"enable_bias\": true", "\"enable_bias\": 1"},
      {"opt_base", "\"num_attention_heads\": 2", "\"num_attention_heads\": 3"},
      {"opt_base", "\"use_cache\": true", "\"quantization_config\": {\"bits\": 4}"},
      {"llama_plain", "\"silu\"", "\"gelu\""},
      {"llama_linear", "\"linear\"", "\"yarn\""},
      {"llama_plain", "\"num_key_value_heads\": 4", "\"num_key_value_heads\": 3"},
      {"llama_head_dim", "\"head_dim\": 6", "\"head_dim\": 5"},
      {"llama_plain", "\"eos_token_id\": [", "\"eos_token_id\": [\"x\","},
      {"llama_linear", "\"factor\": 2.0", "\"factor\": 0"},
      {"llama_grouped_llama3", "\"high_freq_factor\": 4.0", "\"high_freq_factor\": 1.0"},
      {"llama_plain", "\"rope_theta\": 500.0", "\"rope_theta\": -1"},
      {"llama_plain", "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 0"},
      {"opt_base", "\"model_type\": \"opt\"", "\"model_type\": null"},
      {"gpt2_base", "\"use_cache\": true", "\"architectures\": [\"GPT2ForSequenceClassification\"]"},
      {"gpt2_base", "\"use_cache\": true", "\"architectures\": [\"GPT2DoubleHeadsModel\"]"},
      {"gpt2_base", "\"use_cache\": true", "\"add_cross_attention\": true"},
      {"gpt2_base", "\"use_cache\": true", "\"pruned_heads\": {\"0\": [1]}"},
      {"gpt2_base", "\"gelu_new\"", "\"gelu_10\""},
      {"gpt2_base", "\"n_head\": 2", "\"n_head\": 3"},
      {"qwen2_plain", "\"use_sliding_window\": false", "\"use_sliding_window\": true"},
      {"mistral_full", "\"use_cache\": true", "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}"},
      {"mistral_full", "\"use_cache\": true", "\"rope_scaling\": {\"type\": \"linear\"}"},
      {"mistral_full", "\"use_cache\": true", "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 2.0}"},
      {"mistral_full", "\"use_cache\": true",
       "\"rope_scaling\": {\"rope_type\": \"llama3\", \"type\": \"linear\", \"factor\": 2.0}"},
      {"mistral_full", "\"use_cache\": true", "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 5.0}}"},
      // transformers follows rope_scaling alone when both objects are there.
      {"llama_linear", "\"use_cache\": true", "\"rope_parameters\": {\"rope_type\": \"default\"}"},
      // Version 4 follows the file's own value, and version 5 that of the object.
      {"mistral_full", "\"use_cache\": true", "\"rope_parameters\": {\"rope_theta\": 400.0}"},
      {"llama_grouped_llama3", "\"use_cache\": true", "\"original_max_position_embeddings\": 32"},
      // Version 5 takes the network of Ministral for a Mistral with layer_types.
      {"mistral_window", "\"use_cache\": true", "\"layer_types\": [\"sliding_attention\", \"full_attention\"]"},
      {"qwen2_plain", "\"use_cache\": true", "\"layer_types\": [\"full_attention\", \"sliding_attention\"]"},
      {"gpt2_base", "\"use_cache\": true", "\"num_attention_heads\": 4"},
  };
  const std::vector<std::string> keys{"activation_function",
                                      "model_type",
                                      "vocab_size",
                                      "num_hidden_layers",
                                      "hidden_size",
                                      "enable_bias",
                                      "num_attention_heads",
                                      "quantization_config",
                                      "hidden_act",
                                      "rope_type",
                                      "num_key_value_heads",
                                      "head_dim",
                                      "eos_token_id",
                                      "factor",
                                      "high_freq_factor",
                                      "rope_theta",
                                      "rms_norm_eps",
                                      "no model_type; supported are opt, gpt2, llama, qwen2, mistral",
                                      "GPT2ForSequenceClassification",
                                      "GPT2DoubleHeadsModel",
                                      "add_cross_attention",
                                      "pruned_heads",
                                      "gelu_10",
                                      "n_head",
                                      "use_sliding_window",
                                      "rope_type \"dynamic\"",
                                      "factor is missing",
                                      "low_freq_factor is missing",
                                      "the same as type",
                                      "full_attention",
                                      "the same values as in rope_parameters",
                                      "rope_theta is missing or unsupported; expected the same as in rope_parameters",
                                      "original_max_position_embeddings",
                                      "\"sliding_attention\" for every layer",
                                      "\"full_attention\" for every layer",
                                      "num_attention_heads is missing or unsupported; expected the same as n_head"};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(changes[i].to);
    expect_error(
        ErrorKind::kModel, [&] { altered(changes[i].model, changes[i].from, changes[i].to); }, keys[i]);
  }
}

// The defaults of transformers' configuration classes.
TEST(ModelConfigs, AbsentKeysTakeTheDefaultsOfTransformers) {
  const auto config = [](const char* type) {
    return parse_model_config(std::string("{\"model_type\": \"") + type + "\"}", "config.json");
  };
  const ModelConfig gpt2 = config("gpt2");
  EXPECT_EQ(gpt2.vocab_size, 50257);
  EXPECT_EQ(gpt2.max_positions, 1024);
  EXPECT_EQ(gpt2.ffn_size, 3072);
  EXPECT_EQ(gpt2.activation, Activation::kGeluNew);
  EXPECT_EQ(gpt2.eos_token_ids, std::vector<std::int64_t>{50256});
  EXPECT_TRUE(gpt2.tied);
  EXPECT_EQ(config("llama").kv_heads, 32);
  EXPECT_EQ(config("llama").bos_token_id, 1);
  EXPECT_EQ(config("llama").eos_token_ids, std::vector<std::int64_t>{2});
  EXPECT_EQ(config("qwen2").vocab_size, 151936);
  EXPECT_TRUE(config("qwen2").attention_bias);
  EXPECT_FALSE(config("qwen2").attention_out_bias);
  EXPECT_TRUE(config("qwen2").eos_token_ids.empty());
  EXPECT_EQ(config("mistral").kv_heads, 8);
  EXPECT_EQ(config("mistral").sliding_window, 4096);
  EXPECT_EQ(config("mistral").max_positions, 131072);
}

}  // namespace
}  // namespace dppo
