#include "model/llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/silu.h>

#include "model/attention.h"
#include "model/dropout.h"
#include "model/embedding.h"
#include "model/heads.h"
#include "model/joint_linear.h"
#include "model/linear.h"
#include "model/mixed_linear.h"
#include "model/norm.h"
#include "model/parameters.h"
#include "model/rotary.h"

namespace dppo {

namespace {

struct LlamaLayer {
  JointLinear qkv, gate_up;
  Linear out, down;
  RmsNorm attention_norm, mlp_norm;
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
    const auto norm = [&](const std::string& name) {
      return RmsNorm{{to_compute_dtype(table.get(name + ".weight")), {}, config_.norm_eps}};
    };
    tokens_ = table.get("model.embed_tokens.weight");
    lm_head_ = {config_.tied ? tokens_ : table.get("lm_head.weight"), {}};
    final_norm_ = norm("model.norm");
    frequencies_ = rotary_frequencies(config_).to(tokens_.device());
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = layer_name(i);
      const auto index = static_cast<std::size_t>(i);
      layers_.push_back({qkv[index], gate_up[index], linear(prefix + "self_attn.o_proj"),
                         linear(prefix + "mlp.down_proj"), norm(prefix + "input_layernorm"),
                         norm(prefix + "post_attention_layernorm")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const PackedRows& rows, KvCache* cache, TiedHead* head) const override {
    at::Tensor h = apply_dropout(embed_tokens(tokens_, rows.ids, {.pad_id = config_.pad_token_id, .tied = config_.tied},
                                              head));  // (N, hidden)
    const RotaryTables tables = rotary_tables(frequencies_, rows.positions, h.scalar_type());
    const Attention attention(rows, cache, config_);
    for (std::int64_t i = 0; i < config_.layers; ++i) h = block(i, h, rows, tables, attention);
    if (cache != nullptr) cache->advance(rows);
    return final_norm_(h);
  }

  std::optional<DecodeWeights> decode_weights() const override {
    DecodeWeights weights{.norm = gpu::Norm::kRms,
                          .activation = gpu::Epilogue::kGated,
                          .tokens = tokens_,
                          .frequencies = frequencies_,
                          .final_norm = final_norm_,
                          .lm_head = lm_head_};
    for (const LlamaLayer& layer : layers_) {
      weights.layers.push_back(
          {layer.attention_norm, layer.qkv.whole(), layer.out, layer.mlp_norm, layer.gate_up.whole(), layer.down});
    }
    return weights;
  }

 private:
  const Linear& lm_head() const override { return lm_head_; }

  static std::string layer_name(std::int64_t index) { return "model.layers." + std::to_string(index) + "."; }

  // Returns silu(gate) * up.
  static at::Tensor gated(const JointLinear& gate_up, const at::Tensor& x) {
    const bool joint = uses_inference_kernels() || has_mixed_linear();
    if (!joint) return at::silu(gate_up[0](x)) * gate_up[1](x);
    const auto parts = gate_up(x).chunk(2, /*dim=*/-1);
    return at::silu(parts[0]) * parts[1];
  }

  // The last layer computes no more than keys and values for tokens that are not selected.
  at::Tensor block(std::int64_t index, at::Tensor h, const PackedRows& rows, RotaryTables tables,
                   const Attention& attention) const {
    const LlamaLayer& layer = layers_[static_cast<std::size_t>(index)];
    const bool last = index + 1 == config_.layers;
    Heads heads = project_heads(layer.qkv, layer.attention_norm(h), rows, last, config_);
    if (heads.qk.defined()) {
      const at::Tensor rotated = rotate(heads.qk, tables);
      heads.q = rotated.narrow(1, 0, config_.heads);
      heads.k = rotated.narrow(1, config_.heads, config_.kv_heads);
    } else {
      heads.k = rotate(heads.k, tables);
      if (last) tables = {rows.select(tables.cos), rows.select(tables.sin)};
      heads.q = rotate(heads.q, tables);
    }
    if (last) h = rows.select(h);
    h = add_linear(h, layer.out, attention(index, heads.q, heads.k, heads.v));
    return add_linear(h, layer.down, gated(layer.gate_up, layer.mlp_norm(h)));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, frequencies_;
  Linear lm_head_;
  RmsNorm final_norm_;
  std::vector<LlamaLayer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_llama(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Llama>(config, std::move(parameters));
}

}  // namespace dppo
