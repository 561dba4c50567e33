// The shape and the variant of a language model: OPT (Zhang et al. 2022), GPT-2 (Radford et al. 2019) or the network of
// Llama (Touvron et al. 2023; Dubey et al. 2024), which Qwen2 and Mistral share.
// Members are named after the keys of transformers' configuration classes where one value serves all families.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"

namespace dppo {

enum class Family { kOpt, kGpt2, kLlama };

// The activations of the feed-forward layers, under the names of transformers.
enum class Activation { kRelu, kGelu, kGeluNew, kSilu, kTanh };

template <>
struct EnumNames<Activation> {
  static constexpr NamedValue<Activation> kAll[] = {{"relu", Activation::kRelu},
                                                    {"gelu", Activation::kGelu},
                                                    {"gelu_new", Activation::kGeluNew},
                                                    {"silu", Activation::kSilu},
                                                    {"tanh", Activation::kTanh}};
};

enum class RopeType { kDefault, kLinear, kLlama3 };

template <>
struct EnumNames<RopeType> {
  static constexpr NamedValue<RopeType> kAll[] = {
      {"default", RopeType::kDefault}, {"linear", RopeType::kLinear}, {"llama3", RopeType::kLlama3}};
};

struct RopeScaling {
  RopeType type = RopeType::kDefault;
  double factor = 1.0;                 // linear, llama3
  double low_freq_factor = 1.0;        // llama3
  double high_freq_factor = 4.0;       // llama3
  double original_positions = 8192.0;  // llama3: context length of the first training

  bool operator==(const RopeScaling&) const = default;
};

struct ModelConfig {
  Family family = Family::kOpt;
  std::string model_type = "opt";  // of config.json: opt | gpt2 | llama | qwen2 | mistral
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t ffn_size = 0;
  std::int64_t max_positions = 0;
  std::int64_t embed_size = 0;  // width of the embedding and of the last hidden state; OPT's word_embed_proj_dim
  bool tied = true;             // lm_head is the embedding
  double init_std = 0.02;
  double norm_eps = 1e-5;

  bool pre_norm = true;                       // OPT: do_layer_norm_before
  bool final_norm = true;                     // OPT: pre-norm and not _remove_final_layer_norm
  bool bias = true;                           // OPT: enable_bias
  bool norm_affine = true;                    // OPT: layer_norm_elementwise_affine
  Activation activation = Activation::kRelu;  // Llama: silu

  bool scale_attention = true;  // GPT-2: scale_attn_weights
  bool scale_by_layer = false;  // GPT-2: scale_attn_by_inverse_layer_idx

  bool attention_bias = false;      // Llama: of queries, keys and values
  bool attention_out_bias = false;  // Llama: of the attention's output; Qwen2 has none
  bool mlp_bias = false;            // Llama
  // Mistral: a token sees the keys of fewer than this many positions before it and its own; 0 means all of them.
  std::int64_t sliding_window = 0;
  double rope_theta = 10000.0;  // Llama
  RopeScaling rope;             // Llama

  std::optional<std::int64_t> pad_token_id;
  std::optional<std::int64_t> bos_token_id;
  std::vector<std::int64_t> eos_token_ids;

  std::vector<std::int64_t> unused_ids;  // rows of the embedding without a token, which must never be drawn

  // Returns the factor of the attention scores of a layer, from 0 on.
  double attention_scale(std::int64_t layer) const {
    const double scale = scale_attention ? 1.0 / std::sqrt(static_cast<double>(head_dim)) : 1.0;
    return scale_by_layer ? scale / static_cast<double>(layer + 1) : scale;
  }
};

}  // namespace dppo
