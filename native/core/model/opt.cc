#include "model/opt.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "model/activation.h"
#include "model/attention.h"
#include "model/dropout.h"
#include "model/embedding.h"
#include "model/heads.h"
#include "model/joint_linear.h"
#include "model/linear.h"
#include "model/norm.h"
#include "model/parameters.h"

namespace dppo {

namespace {

struct OptLayer {
  JointLinear qkv;
  Linear out, fc1, fc2;
  LayerNorm attention_norm, mlp_norm;
};

class Opt final : public CausalLM {
 public:
  Opt(const ModelConfig& config, NamedTensors parameters) : config_(config), parameters_(std::move(parameters)) {
    const std::string decoder = "model.decoder.";
    // Before the table, which would keep the separate tensors in memory.
    std::vector<JointLinear> qkv;
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string attention = decoder + "layers." + std::to_string(i) + ".self_attn.";
      qkv.emplace_back(parameters_, std::vector{attention + "q_proj", attention + "k_proj", attention + "v_proj"});
    }
    const ParameterTable table(parameters_);
    tokens_ = table.get(decoder + "embed_tokens.weight");
    positions_ = table.get(decoder + "embed_positions.weight");
    project_in_ = linear(table, decoder + "project_in");
    project_out_ = linear(table, decoder + "project_out");
    final_norm_ = norm(table, decoder + "final_layer_norm");
    lm_head_ = {config_.tied ? tokens_ : table.get("lm_head.weight"), {}};
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = decoder + "layers." + std::to_string(i) + ".";
      layers_.push_back({qkv[static_cast<std::size_t>(i)], linear(table, prefix + "self_attn.out_proj"),
                         linear(table, prefix + "fc1"), linear(table, prefix + "fc2"),
                         norm(table, prefix + "self_attn_layer_norm"), norm(table, prefix + "final_layer_norm")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const PackedRows& rows, KvCache* cache, TiedHead* head) const override {
    at::Tensor h =
        embed_tokens(tokens_, rows.ids, {.pad_id = config_.pad_token_id, .tied = config_.tied}, head);  // (N, E)
    if (project_in_.defined()) h = project_in_(h);
    h = apply_dropout(h + embed(positions_, rows.positions + kFirstOptPosition));
    const Attention attention(rows, cache, config_);
    for (std::int64_t i = 0; i < config_.layers; ++i) h = block(i, h, rows, attention);
    if (cache != nullptr) cache->advance(rows);
    if (config_.final_norm) h = final_norm_(h);
    return project_out_.defined() ? project_out_(h) : h;
  }

  std::optional<DecodeWeights> decode_weights() const override {
    if (!config_.pre_norm || !config_.final_norm || project_in_.defined() || project_out_.defined()) return {};
    DecodeWeights weights{.norm = gpu::Norm::kLayer,
                          .activation = epilogue_of(config_.activation),
                          .tokens = tokens_,
                          .positions = positions_,
                          .first_position = kFirstOptPosition,
                          .final_norm = final_norm_,
                          .lm_head = lm_head_};
    for (const OptLayer& layer : layers_) {
      weights.layers.push_back(
          {layer.attention_norm, layer.qkv.whole(), layer.out, layer.mlp_norm, layer.fc1, layer.fc2});
    }
    return weights;
  }

 private:
  const Linear& lm_head() const override { return lm_head_; }

  static Linear linear(const ParameterTable& table, const std::string& name) {
    return {table.get(name + ".weight"), table.get(name + ".bias")};
  }
  LayerNorm norm(const ParameterTable& table, const std::string& name) const {
    return {
        {to_compute_dtype(table.get(name + ".weight")), to_compute_dtype(table.get(name + ".bias")), config_.norm_eps}};
  }

  at::Tensor activated(const Linear& linear, const at::Tensor& x) const {
    return config_.activation == Activation::kRelu ? relu_linear(linear, x) : activate(config_.activation, linear(x));
  }

  // The last layer computes no more than keys and values for tokens that are not selected.
  at::Tensor block(std::int64_t index, at::Tensor h, const PackedRows& rows, const Attention& attention) const {
    const OptLayer& layer = layers_[static_cast<std::size_t>(index)];
    const bool last = index + 1 == config_.layers;
    const Heads heads = project_heads(layer.qkv, config_.pre_norm ? layer.attention_norm(h) : h, rows, last, config_);
    if (last) h = rows.select(h);
    h = add_linear(h, layer.out, attention(index, heads.q, heads.k, heads.v));
    if (!config_.pre_norm) h = layer.attention_norm(h);
    const at::Tensor x = config_.pre_norm ? layer.mlp_norm(h) : h;
    h = add_linear(h, layer.fc2, activated(layer.fc1, x));
    return config_.pre_norm ? h : layer.mlp_norm(h);
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, positions_;
  Linear project_in_, project_out_, lm_head_;
  LayerNorm final_norm_;
  std::vector<OptLayer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_opt(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Opt>(config, std::move(parameters));
}

}  // namespace dppo
