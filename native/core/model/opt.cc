#include "model/opt.h"

#include <ATen/ATen.h>

#include "model/activation.h"
#include "model/attention.h"
#include "model/dropout.h"
#include "model/kv_cache.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "model/parameters.h"

namespace dppo {

namespace {

struct Layer {
  Linear q, k, v, out, fc1, fc2;
  LayerNorm attention_norm, final_norm;
};

class Opt final : public CausalLM {
 public:
  Opt(const ModelConfig& config, NamedTensors parameters) : config_(config), parameters_(std::move(parameters)) {
    const ParameterTable table(parameters_);
    const std::string decoder = "model.decoder.";
    tokens_ = table.get(decoder + "embed_tokens.weight");
    positions_ = table.get(decoder + "embed_positions.weight");
    project_in_ = linear(table, decoder + "project_in");
    project_out_ = linear(table, decoder + "project_out");
    final_norm_ = norm(table, decoder + "final_layer_norm");
    head_ = config_.tied ? tokens_ : table.get("lm_head.weight");
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = decoder + "layers." + std::to_string(i) + ".";
      const std::string attention = prefix + "self_attn.";
      layers_.push_back({linear(table, attention + "q_proj"), linear(table, attention + "k_proj"),
                         linear(table, attention + "v_proj"), linear(table, attention + "out_proj"),
                         linear(table, prefix + "fc1"), linear(table, prefix + "fc2"),
                         norm(table, prefix + "self_attn_layer_norm"), norm(table, prefix + "final_layer_norm")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const at::Tensor& ids, const at::Tensor& mask, KvCache* cache) const override {
    const std::int64_t count = ids.size(1);
    // padding_idx takes the lookup's gradient away from that row, as in the reference implementation.
    at::Tensor h = at::embedding(tokens_, ids, config_.pad_token_id.value_or(-1));  // (B, T, E)
    if (project_in_.defined()) h = project_in_(h);
    h = apply_dropout(h + at::embedding(positions_, token_positions(mask, count) + 2));
    const at::Tensor allowed = attention_mask(mask, count);
    for (std::size_t i = 0; i < layers_.size(); ++i) h = block(static_cast<std::int64_t>(i), h, allowed, cache);
    if (cache != nullptr) cache->advance(count);
    if (config_.final_norm) h = final_norm_(h);
    return project_out_.defined() ? project_out_(h) : h;
  }

 private:
  at::Tensor head(const at::Tensor& hidden) const override { return at::linear(hidden, head_); }

  static Linear linear(const ParameterTable& table, const std::string& name) {
    return {table.get(name + ".weight"), table.get(name + ".bias")};
  }
  static LayerNorm norm(const ParameterTable& table, const std::string& name) {
    return {table.get(name + ".weight"), table.get(name + ".bias")};
  }

  at::Tensor attention(std::int64_t index, const at::Tensor& h, const at::Tensor& allowed, KvCache* cache) const {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    const at::Tensor q = split_heads(layer.q(h), config_.heads, config_.head_dim);
    at::Tensor k = split_heads(layer.k(h), config_.heads, config_.head_dim);
    at::Tensor v = split_heads(layer.v(h), config_.heads, config_.head_dim);
    if (cache != nullptr) std::tie(k, v) = cache->append(index, k, v);
    return layer.out(attend(q, k, v, allowed));
  }

  at::Tensor block(std::int64_t index, at::Tensor h, const at::Tensor& allowed, KvCache* cache) const {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    at::Tensor residual = h;
    if (config_.pre_norm) h = layer.attention_norm(h);
    h = residual + apply_dropout(attention(index, h, allowed, cache));
    if (!config_.pre_norm) h = layer.attention_norm(h);
    residual = h;
    if (config_.pre_norm) h = layer.final_norm(h);
    h = residual + apply_dropout(layer.fc2(activate(config_.activation, layer.fc1(h))));
    return config_.pre_norm ? h : layer.final_norm(h);
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, positions_, head_;
  Linear project_in_, project_out_;
  LayerNorm final_norm_;
  std::vector<Layer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_opt(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Opt>(config, std::move(parameters));
}

}  // namespace dppo
