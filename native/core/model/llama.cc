#include "model/llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>

#include "model/attention.h"
#include "model/dropout.h"
#include "model/embedding.h"
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
    head_ = {config_.tied ? tokens_ : table.get("lm_head.weight"), {}};
    final_norm_ = widened(table.get("model.norm.weight"));
    frequencies_ = rotary_frequencies(config_).to(tokens_.device());
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = "model.layers." + std::to_string(i) + ".";
      layers_.push_back({linear(prefix + "self_attn.q_proj"), linear(prefix + "self_attn.k_proj"),
                         linear(prefix + "self_attn.v_proj"), linear(prefix + "self_attn.o_proj"),
                         linear(prefix + "mlp.gate_proj"), linear(prefix + "mlp.up_proj"),
                         linear(prefix + "mlp.down_proj"), widened(table.get(prefix + "input_layernorm.weight")),
                         widened(table.get(prefix + "post_attention_layernorm.weight"))});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const PackedRows& rows, KvCache* cache) const override {
    at::Tensor h = apply_dropout(embed(tokens_, rows.ids, config_.pad_token_id.value_or(-1)));  // (N, hidden)
    const RotaryTables tables = rotary_tables(frequencies_, rows.positions, h.scalar_type());
    const Attention attention(rows, cache, config_);
    for (std::int64_t i = 0; i < config_.layers; ++i) h = block(i, h, rows, tables, attention);
    if (cache != nullptr) cache->advance(rows);
    return norm(h, final_norm_);
  }

 private:
  at::Tensor head(const at::Tensor& hidden) const override { return head_(hidden); }

  // RMSNorm (Zhang & Sennrich 2019); the mean square in float32, because squares overflow in half precision.
  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const {
    const bool half = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
    const at::Tensor wide = half ? x.to(at::kFloat) : x;
    const at::Tensor scale = at::rsqrt(wide.pow(2).mean(/*dim=*/-1, /*keepdim=*/true) + config_.norm_eps);
    return weight * (wide * scale).to(x.scalar_type());
  }

  // The last layer computes no more than keys and values for tokens that are not wanted.
  at::Tensor block(std::int64_t index, at::Tensor h, const PackedRows& rows, RotaryTables tables,
                   const Attention& attention) const {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    at::Tensor x = norm(h, layer.attention_norm);
    const at::Tensor k = rotate(split_heads(layer.k(x), config_.kv_heads, config_.head_dim), tables);
    const at::Tensor v = split_heads(layer.v(x), config_.kv_heads, config_.head_dim);
    if (index + 1 == config_.layers) {
      h = rows.select_wanted(h);
      x = rows.select_wanted(x);
      tables = {rows.select_wanted(tables.cos), rows.select_wanted(tables.sin)};
    }
    const at::Tensor q = rotate(split_heads(layer.q(x), config_.heads, config_.head_dim), tables);
    h = h + apply_dropout(layer.out(attention(index, q, k, v)));
    x = norm(h, layer.mlp_norm);
    return h + apply_dropout(layer.down(at::silu(layer.gate(x)) * layer.up(x)));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, final_norm_, frequencies_;
  Linear head_;
  std::vector<Layer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_llama(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Llama>(config, std::move(parameters));
}

}  // namespace dppo
