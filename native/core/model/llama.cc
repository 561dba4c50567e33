#include "model/llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>

#include <cmath>

#ifdef DPPO_WITH_FUSED_RMS_NORM
#include <ATen/ops/rms_norm.h>
#endif

#include "model/attention.h"
#include "model/dropout.h"
#include "model/embedding.h"
#include "model/heads.h"
#include "model/joint_linear.h"
#include "model/linear.h"
#include "model/parameters.h"
#include "model/rotary.h"

namespace dppo {

namespace {

struct LlamaLayer {
  JointLinear qkv, gate_up;
  Linear out, down;
  at::Tensor attention_norm, mlp_norm;
};

class Llama final : public CausalLM {
 public:
  Llama(const ModelConfig& config, NamedTensors parameters) : config_(config), parameters_(std::move(parameters)) {
    // Before the table, which would keep the separate tensors in memory.
    std::vector<JointLinear> qkv, gate_up;
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string attention = layer_name(i) + "self_attn.";
      const std::string mlp = layer_name(i) + "mlp.";
      qkv.emplace_back(parameters_, std::vector{attention + "q_proj", attention + "k_proj", attention + "v_proj"});
      gate_up.emplace_back(parameters_, std::vector{mlp + "gate_proj", mlp + "up_proj"});
    }
    const ParameterTable table(parameters_);
    const auto linear = [&table](const std::string& name) {
      return Linear{table.get(name + ".weight"), table.get(name + ".bias")};
    };
    tokens_ = table.get("model.embed_tokens.weight");
    head_ = {config_.tied ? tokens_ : table.get("lm_head.weight"), {}};
    final_norm_ = widened(table.get("model.norm.weight"));
    frequencies_ = rotary_frequencies(config_).to(tokens_.device());
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = layer_name(i);
      const auto place = static_cast<std::size_t>(i);
      layers_.push_back({qkv[place], gate_up[place], linear(prefix + "self_attn.o_proj"),
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

  std::optional<DecodeWeights> decode_weights() const override {
    DecodeWeights weights{.norm = gpu::Norm::kRms,
                          .norm_eps = config_.norm_eps,
                          .activation = gpu::Ending::kGated,
                          .tokens = tokens_,
                          .frequencies = frequencies_,
                          .final_norm = {final_norm_, {}},
                          .head = head_};
    const double scale = 1.0 / std::sqrt(static_cast<double>(config_.head_dim));
    for (const LlamaLayer& layer : layers_) {
      weights.layers.push_back({{layer.attention_norm, {}},
                                layer.qkv.whole(),
                                layer.out,
                                {layer.mlp_norm, {}},
                                layer.gate_up.whole(),
                                layer.down,
                                scale});
    }
    return weights;
  }

 private:
  at::Tensor head(const at::Tensor& hidden) const override { return head_(hidden); }

  static std::string layer_name(std::int64_t index) { return "model.layers." + std::to_string(index) + "."; }

  // RMSNorm (Zhang & Sennrich 2019); the mean square in float32, because squares overflow in half precision.
  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const {
#ifdef DPPO_WITH_FUSED_RMS_NORM
    // One kernel instead of eight.
    if (x.is_cuda() && x.scalar_type() == weight.scalar_type()) {
      return at::rms_norm(x, {x.size(-1)}, weight, config_.norm_eps);
    }
#endif
    const bool half = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
    const at::Tensor wide = half ? x.to(at::kFloat) : x;
    const at::Tensor scale = at::rsqrt(wide.pow(2).mean(/*dim=*/-1, /*keepdim=*/true) + config_.norm_eps);
    return weight * (wide * scale).to(x.scalar_type());
  }

  // Returns silu(gate) * up.
  static at::Tensor gated(const JointLinear& gate_up, const at::Tensor& x) {
    if (!allows_other_products()) return at::silu(gate_up[0](x)) * gate_up[1](x);
    const auto parts = gate_up(x).chunk(2, /*dim=*/-1);
    return at::silu(parts[0]) * parts[1];
  }

  // The last layer computes no more than keys and values for tokens that are not wanted.
  at::Tensor block(std::int64_t index, at::Tensor h, const PackedRows& rows, RotaryTables tables,
                   const Attention& attention) const {
    const LlamaLayer& layer = layers_[static_cast<std::size_t>(index)];
    const bool last = index + 1 == config_.layers;
    Heads heads = project_heads(layer.qkv, norm(h, layer.attention_norm), rows, last, config_);
    if (heads.qk.defined()) {
      const at::Tensor rotated = rotate(heads.qk, tables);
      heads.q = rotated.narrow(1, 0, config_.heads);
      heads.k = rotated.narrow(1, config_.heads, config_.kv_heads);
    } else {
      heads.k = rotate(heads.k, tables);
      if (last) tables = {rows.select_wanted(tables.cos), rows.select_wanted(tables.sin)};
      heads.q = rotate(heads.q, tables);
    }
    if (last) h = rows.select_wanted(h);
    h = add_linear(h, layer.out, attention(index, heads.q, heads.k, heads.v));
    return add_linear(h, layer.down, gated(layer.gate_up, norm(h, layer.mlp_norm)));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, final_norm_, frequencies_;
  Linear head_;
  std::vector<LlamaLayer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_llama(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Llama>(config, std::move(parameters));
}

}  // namespace dppo
