#include "model/parameters.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cmath>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "model/opt.h"

namespace dppo {

namespace {

class Specs {
 public:
  void add(const std::string& name, std::vector<std::int64_t> shape, Init init) {
    list.push_back({name, std::move(shape), init});
  }
  void linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
    add(name + ".weight", {out, in}, Init::kNormal);
    if (bias) add(name + ".bias", {out}, Init::kZero);
  }
  void layer_norm(const std::string& name, std::int64_t size, bool affine) {
    if (!affine) return;
    add(name + ".weight", {size}, Init::kOne);
    add(name + ".bias", {size}, Init::kZero);
  }
  std::vector<ParameterSpec> list;
};

std::vector<ParameterSpec> opt_specs(const ModelConfig& config) {
  Specs specs;
  const std::string decoder = "model.decoder.";
  const std::int64_t hidden = config.hidden_size;
  specs.add(decoder + "embed_tokens.weight", {config.vocab_size, config.embed_size}, Init::kNormal);
  specs.add(decoder + "embed_positions.weight", {config.max_positions + kFirstOptPosition, hidden}, Init::kNormal);
  if (config.embed_size != hidden) {
    specs.linear(decoder + "project_out", config.embed_size, hidden, /*bias=*/false);
    specs.linear(decoder + "project_in", hidden, config.embed_size, /*bias=*/false);
  }
  if (config.final_norm) specs.layer_norm(decoder + "final_layer_norm", hidden, config.norm_affine);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string prefix = decoder + "layers." + std::to_string(layer) + ".";
    for (const char* name : {"k_proj", "v_proj", "q_proj", "out_proj"}) {
      specs.linear(prefix + "self_attn." + name, hidden, hidden, config.bias);
    }
    specs.layer_norm(prefix + "self_attn_layer_norm", hidden, config.norm_affine);
    specs.linear(prefix + "fc1", config.ffn_size, hidden, config.bias);
    specs.linear(prefix + "fc2", hidden, config.ffn_size, config.bias);
    specs.layer_norm(prefix + "final_layer_norm", hidden, config.norm_affine);
  }
  if (!config.tied) specs.add("lm_head.weight", {config.vocab_size, config.embed_size}, Init::kNormal);
  return specs.list;
}

std::vector<ParameterSpec> gpt2_specs(const ModelConfig& config) {
  Specs specs;
  const std::int64_t hidden = config.hidden_size;
  // Weights of affine maps are (in, out) in this family.
  const auto affine = [&specs](const std::string& name, std::int64_t in, std::int64_t out, Init init) {
    specs.add(name + ".weight", {in, out}, init);
    specs.add(name + ".bias", {out}, Init::kZero);
  };
  specs.add("transformer.wte.weight", {config.vocab_size, hidden}, Init::kNormal);
  specs.add("transformer.wpe.weight", {config.max_positions, hidden}, Init::kNormal);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string prefix = "transformer.h." + std::to_string(layer) + ".";
    specs.layer_norm(prefix + "ln_1", hidden, /*affine=*/true);
    affine(prefix + "attn.c_attn", hidden, 3 * hidden, Init::kNormal);
    affine(prefix + "attn.c_proj", hidden, hidden, Init::kResidual);
    specs.layer_norm(prefix + "ln_2", hidden, /*affine=*/true);
    affine(prefix + "mlp.c_fc", hidden, config.ffn_size, Init::kNormal);
    affine(prefix + "mlp.c_proj", config.ffn_size, hidden, Init::kResidual);
  }
  specs.layer_norm("transformer.ln_f", hidden, /*affine=*/true);
  if (!config.tied) specs.add("lm_head.weight", {config.vocab_size, hidden}, Init::kNormal);
  return specs.list;
}

std::vector<ParameterSpec> llama_specs(const ModelConfig& config) {
  Specs specs;
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t queries = config.heads * config.head_dim;
  const std::int64_t keys = config.kv_heads * config.head_dim;
  specs.add("model.embed_tokens.weight", {config.vocab_size, hidden}, Init::kNormal);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    specs.linear(prefix + "self_attn.q_proj", queries, hidden, config.attention_bias);
    specs.linear(prefix + "self_attn.k_proj", keys, hidden, config.attention_bias);
    specs.linear(prefix + "self_attn.v_proj", keys, hidden, config.attention_bias);
    specs.linear(prefix + "self_attn.o_proj", hidden, queries, config.attention_out_bias);
    specs.linear(prefix + "mlp.gate_proj", config.ffn_size, hidden, config.mlp_bias);
    specs.linear(prefix + "mlp.up_proj", config.ffn_size, hidden, config.mlp_bias);
    specs.linear(prefix + "mlp.down_proj", hidden, config.ffn_size, config.mlp_bias);
    specs.add(prefix + "input_layernorm.weight", {hidden}, Init::kOne);
    specs.add(prefix + "post_attention_layernorm.weight", {hidden}, Init::kOne);
  }
  specs.add("model.norm.weight", {hidden}, Init::kOne);
  if (!config.tied) specs.add("lm_head.weight", {config.vocab_size, hidden}, Init::kNormal);
  return specs.list;
}

// Separates the draws of weights from those of samples, whose streams count up from zero.
constexpr std::uint64_t kInitialStream = 0x696E6974ULL;

constexpr std::int64_t kDrawsBetweenChecks = 1 << 20;

at::Tensor initial(const ParameterSpec& spec, const ModelConfig& config, RandomStream& random) {
  if (spec.init == Init::kOne || spec.init == Init::kZero) {
    return at::full(spec.shape, spec.init == Init::kOne ? 1.0 : 0.0, at::kFloat);
  }
  double deviation = config.init_std;
  if (spec.init == Init::kResidual) deviation /= std::sqrt(2.0 * static_cast<double>(config.layers));
  at::Tensor tensor = at::empty(spec.shape, at::kFloat);
  float* values = tensor.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    if (i % kDrawsBetweenChecks == 0) check_cancelled();
    values[i] = static_cast<float>(random.next_normal() * deviation);
  }
  return tensor;
}

}  // namespace

std::vector<ParameterSpec> parameter_specs(const ModelConfig& config) {
  switch (config.family) {
    case Family::kOpt: return opt_specs(config);
    case Family::kGpt2: return gpt2_specs(config);
    case Family::kLlama: return llama_specs(config);
  }
  throw Error(ErrorKind::kInternal, "an unknown model family");
}

std::string embedding_name(Family family) {
  if (family == Family::kGpt2) return "transformer.wte.weight";
  return family == Family::kOpt ? "model.decoder.embed_tokens.weight" : "model.embed_tokens.weight";
}

NamedTensors initial_parameters(const ModelConfig& config, std::uint64_t seed) {
  RandomStream random(seed, kInitialStream);
  NamedTensors parameters;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    at::Tensor tensor = initial(spec, config, random);
    // transformers' _init_weights zeroes the padding row of the embedding.
    const auto pad = config.pad_token_id;
    const bool has_pad_row = spec.name.ends_with("embed_tokens.weight") && pad && *pad >= 0 && *pad < config.vocab_size;
    if (has_pad_row) tensor[*pad].zero_();
    parameters.emplace_back(spec.name, tensor);
  }
  return parameters;
}

}  // namespace dppo
