#include "model/gpt2.h"

#include <ATen/ATen.h>

#include <cmath>

#include "model/activation.h"
#include "model/attention.h"
#include "model/dropout.h"
#include "model/kv_cache.h"
#include "model/layer_norm.h"
#include "model/parameters.h"

namespace dppo {

namespace {

// An affine map whose weight is stored (in, out), as GPT-2's checkpoints have it.
struct TransposedLinear {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor operator()(const at::Tensor& x) const { return at::linear(x, weight.t(), bias); }
};

struct Layer {
  LayerNorm attention_norm;
  TransposedLinear qkv, out;
  LayerNorm mlp_norm;
  TransposedLinear fc, project;
};

class Gpt2 final : public CausalLM {
 public:
  Gpt2(const ModelConfig& config, NamedTensors parameters) : config_(config), parameters_(std::move(parameters)) {
    const ParameterTable table(parameters_);
    const auto linear = [&table](const std::string& name) {
      return TransposedLinear{table.get(name + ".weight"), table.get(name + ".bias")};
    };
    const auto norm = [&](const std::string& name) {
      return LayerNorm{table.get(name + ".weight"), table.get(name + ".bias"), config_.norm_eps};
    };
    tokens_ = table.get("transformer.wte.weight");
    positions_ = table.get("transformer.wpe.weight");
    final_norm_ = norm("transformer.ln_f");
    head_ = config_.tied ? tokens_ : table.get("lm_head.weight");
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = "transformer.h." + std::to_string(i) + ".";
      layers_.push_back({norm(prefix + "ln_1"), linear(prefix + "attn.c_attn"), linear(prefix + "attn.c_proj"),
                         norm(prefix + "ln_2"), linear(prefix + "mlp.c_fc"), linear(prefix + "mlp.c_proj")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const at::Tensor& ids, const at::Tensor& mask, KvCache* cache) const override {
    const std::int64_t count = ids.size(1);
    // A pad on the left has no position of its own; its output is not used.
    const at::Tensor positions = token_positions(mask, count).clamp_min(0);
    at::Tensor h = at::embedding(tokens_, ids) + at::embedding(positions_, positions);  // (B, T, hidden)
    h = apply_dropout(h);
    const at::Tensor allowed = attention_mask(mask, count);
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const Layer& layer = layers_[static_cast<std::size_t>(i)];
      h = h + apply_dropout(attention(i, layer.attention_norm(h), allowed, cache));
      h = h + apply_dropout(layer.project(activate(config_.activation, layer.fc(layer.mlp_norm(h)))));
    }
    if (cache != nullptr) cache->advance(count);
    return final_norm_(h);
  }

 private:
  at::Tensor head(const at::Tensor& hidden) const override { return at::linear(hidden, head_); }

  double attention_scale(std::int64_t index) const {
    const double scale = config_.scale_attention ? 1.0 / std::sqrt(static_cast<double>(config_.head_dim)) : 1.0;
    return config_.scale_by_layer ? scale / static_cast<double>(index + 1) : scale;
  }

  at::Tensor attention(std::int64_t index, const at::Tensor& h, const at::Tensor& allowed, KvCache* cache) const {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    const auto parts = layer.qkv(h).chunk(3, /*dim=*/-1);
    const at::Tensor q = split_heads(parts[0], config_.heads, config_.head_dim);
    at::Tensor k = split_heads(parts[1], config_.heads, config_.head_dim);
    at::Tensor v = split_heads(parts[2], config_.heads, config_.head_dim);
    if (cache != nullptr) std::tie(k, v) = cache->append(index, k, v);
    return layer.out(attend(q, k, v, allowed, attention_scale(index)));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, positions_, head_;
  LayerNorm final_norm_;
  std::vector<Layer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_gpt2(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Gpt2>(config, std::move(parameters));
}

}  // namespace dppo
