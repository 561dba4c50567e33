#include "model/gpt2.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "model/activation.h"
#include "model/attention.h"
#include "model/dropout.h"
#include "model/embedding.h"
#include "model/heads.h"
#include "model/linear.h"
#include "model/norm.h"
#include "model/parameters.h"

namespace dppo {

namespace {

// The checkpoints of this family store the weights of affine maps as (in, out). Their memory is arranged column by
// column here, so that the transpose (out, in) that a product reads is contiguous. Names, shapes and values stay.
NamedTensors arranged(NamedTensors parameters) {
  for (auto& [name, tensor] : parameters) {
    const bool affine = name.find(".attn.c_") != std::string::npos || name.find(".mlp.c_") != std::string::npos;
    if (!affine || tensor.dim() != 2) continue;
    const bool trainable = tensor.requires_grad();
    tensor = tensor.detach().t().contiguous().t().requires_grad_(trainable);
  }
  return parameters;
}

// An affine map whose weight is stored (in, out). The transpose is taken in each pass, so that each has a gradient of
// its own.
struct TransposedLinear {
  at::Tensor weight;
  at::Tensor bias;
  Linear plain() const { return {weight.t(), bias}; }
  at::Tensor operator()(const at::Tensor& x) const { return plain()(x); }
};

struct Gpt2Layer {
  LayerNorm attention_norm;
  TransposedLinear qkv, out;
  LayerNorm mlp_norm;
  TransposedLinear fc, project;
};

class Gpt2 final : public CausalLM {
 public:
  Gpt2(const ModelConfig& config, NamedTensors parameters)
      : config_(config), parameters_(arranged(std::move(parameters))) {
    const ParameterTable table(parameters_);
    const auto linear = [&table](const std::string& name) {
      return TransposedLinear{table.get(name + ".weight"), table.get(name + ".bias")};
    };
    const auto norm = [&](const std::string& name) {
      return LayerNorm{{to_compute_dtype(table.get(name + ".weight")), to_compute_dtype(table.get(name + ".bias")),
                        config_.norm_eps}};
    };
    tokens_ = table.get("transformer.wte.weight");
    positions_ = table.get("transformer.wpe.weight");
    final_norm_ = norm("transformer.ln_f");
    lm_head_ = {config_.tied ? tokens_ : table.get("lm_head.weight"), {}};
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      const std::string prefix = "transformer.h." + std::to_string(i) + ".";
      layers_.push_back({norm(prefix + "ln_1"), linear(prefix + "attn.c_attn"), linear(prefix + "attn.c_proj"),
                         norm(prefix + "ln_2"), linear(prefix + "mlp.c_fc"), linear(prefix + "mlp.c_proj")});
    }
  }

  const ModelConfig& config() const override { return config_; }
  const NamedTensors& parameters() const override { return parameters_; }

  at::Tensor hidden(const PackedRows& rows, KvCache* cache, TiedHead* head) const override {
    const at::Tensor tokens = embed_tokens(tokens_, rows.ids, {.tied = config_.tied}, head);  // (N, hidden)
    at::Tensor h = apply_dropout(tokens + embed(positions_, rows.positions));
    const Attention attention(rows, cache, config_);
    for (std::int64_t i = 0; i < config_.layers; ++i) h = block(i, h, rows, attention);
    if (cache != nullptr) cache->advance(rows);
    return final_norm_(h);
  }

  std::optional<DecodeWeights> decode_weights() const override {
    DecodeWeights weights{.norm = gpu::Norm::kLayer,
                          .activation = epilogue_of(config_.activation),
                          .tokens = tokens_,
                          .positions = positions_,
                          .final_norm = final_norm_,
                          .lm_head = lm_head_};
    for (const Gpt2Layer& layer : layers_) {
      weights.layers.push_back({layer.attention_norm, layer.qkv.plain(), layer.out.plain(), layer.mlp_norm,
                                layer.fc.plain(), layer.project.plain()});
    }
    return weights;
  }

 private:
  const Linear& lm_head() const override { return lm_head_; }

  // The last layer computes no more than keys and values for tokens that are not selected.
  at::Tensor block(std::int64_t index, at::Tensor h, const PackedRows& rows, const Attention& attention) const {
    const Gpt2Layer& layer = layers_[static_cast<std::size_t>(index)];
    const auto parts = layer.qkv(layer.attention_norm(h)).chunk(3, /*dim=*/-1);
    const auto split = [this](const at::Tensor& x) { return split_heads(x, config_.heads, config_.head_dim); };
    at::Tensor q = split(parts[0]);
    if (index + 1 == config_.layers) {
      h = rows.select(h);
      q = rows.select(q);
    }
    const at::Tensor attended = attention(index, q, split(parts[1]), split(parts[2]));
    h = h + apply_dropout(layer.out(attended));
    return h + apply_dropout(layer.project(activate(config_.activation, layer.fc(layer.mlp_norm(h)))));
  }

  ModelConfig config_;
  NamedTensors parameters_;
  at::Tensor tokens_, positions_;
  Linear lm_head_;
  LayerNorm final_norm_;
  std::vector<Gpt2Layer> layers_;
};

}  // namespace

std::shared_ptr<CausalLM> make_gpt2(const ModelConfig& config, NamedTensors parameters) {
  return std::make_shared<Gpt2>(config, std::move(parameters));
}

}  // namespace dppo
