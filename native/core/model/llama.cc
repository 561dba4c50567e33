#include "model/llama.h"

#include <ATen/ATen.h>

#include "model/attention.h"
#include "model/dropout.h"
#include "model/kv_cache.h"
#include "model/linear.h"
#include "model/parameters.h"
#include "model/rotary.h"

namespace dppo {

namespace {

struct Layer {
  Linear q, k, v, out, gate, up, down;
  at::Tensor attention_norm, mlp_norm;
};

class Llama final : public CausalLM {
 public:
  Llama(const ModelConfig& config, NamedTensors parameters) : config_(config), parameters_(std::move(parameters)) {
    const ParameterTable table(parameters_);
    const auto linear = [&table](const std::string& name) {
      return Linear{table.get(name + ".weight"), table.get(name + ".bias")};
    };
    tokens_ = table.get("model.embed_tokens.weight");
    head_ = config_.tied ? tokens_ : table.get("lm_head.weight");
    final_norm_ = table.get("model.norm.weight");
    frequencies_ = rotary_frequencies(config_).to(tokens_.device());
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = "model.layers." + std::to_string(i) + ".";
      layers_.push_back({linear(prefix + "self_attn.q_proj"), linear(prefix + "self_attn.k_proj"),
                         linear(prefix + "self_attn.v_proj"), linear(prefix + "self_attn.o_proj"),
                         linear(prefix + "mlp.gate_proj"), linear(prefix + "mlp.up_proj"),
                         linear(prefix + "mlp.down_proj"), table.get(prefix + "input_layernorm.weight"),
                         table.get(prefix + "post_attention_layernorm.weight")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const at::Tensor& ids, const at::Tensor& mask, KvCache* cache) const override {
    const std::int64_t count = ids.size(1);
    // padding_idx takes the lookup's gradient away from that row, as in the reference implementation.
    at::Tensor h = apply_dropout(at::embedding(tokens_, ids, config_.pad_token_id.value_or(-1)));  // (B, T, hidden)
    const auto tables = rotary_tables(frequencies_, token_positions(mask, count));
    const at::Tensor allowed = attention_mask(mask, count, config_.sliding_window);
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const Layer& layer = layers_[static_cast<std::size_t>(i)];
      h = h + apply_dropout(attention(i, norm(h, layer.attention_norm), tables, allowed, cache));
      const at::Tensor y = norm(h, layer.mlp_norm);
      h = h + apply_dropout(layer.down(at::silu(layer.gate(y)) * layer.up(y)));
    }
    if (cache != nullptr) cache->advance(count);
    return norm(h, final_norm_);
  }

 private:
  at::Tensor head(const at::Tensor& hidden) const override { return at::linear(hidden, head_); }

  // RMSNorm (Zhang & Sennrich 2019); the mean square in float32, because squares overflow in half precision.
  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const {
    const bool half = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
    const at::Tensor wide = half ? x.to(at::kFloat) : x;
    const at::Tensor scale = at::rsqrt(wide.pow(2).mean(/*dim=*/-1, /*keepdim=*/true) + config_.norm_eps);
    return weight * (wide * scale).to(x.scalar_type());
  }

  at::Tensor attention(std::int64_t index, const at::Tensor& h, const std::pair<at::Tensor, at::Tensor>& tables,
                       const at::Tensor& allowed, KvCache* cache) const {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    const at::Tensor q = rotate(split_heads(layer.q(h), config_.heads, config_.head_dim), tables);
    at::Tensor k = rotate(split_heads(layer.k(h), config_.kv_heads, config_.head_dim), tables);
    at::Tensor v = split_heads(layer.v(h), config_.kv_heads, config_.head_dim);
    if (cache != nullptr) std::tie(k, v) = cache->append(index, k, v);
    return layer.out(attend(q, k, v, allowed));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, head_, final_norm_, frequencies_;
  std::vector<Layer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_llama(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Llama>(config, std::move(parameters));
}

}  // namespace dppo
