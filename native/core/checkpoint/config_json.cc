#include "checkpoint/config_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/excerpt.h"
#include "base/names.h"
#include "checkpoint/config_keys.h"
#include "checkpoint/rope_json.h"
#include "io/json.h"
#include "model/activation.h"
#include "model/parameters.h"

namespace dppo {

namespace {

constexpr std::int64_t kMaxLayers = 1'000;

// Numbers in all weights together, ten times those of the largest published model. Products of sizes stay within it.
constexpr double kMaxParameters = 1e13;

// Sets the activation of a family that allows all of them.
void read_activation(const ConfigKeys& keys, const std::string& fallback, ModelConfig& config) {
  const std::string name = keys.string("activation_function", fallback);
  const std::optional<Activation> activation = find_activation(name);
  if (!activation) {
    std::string list;
    for (const std::string& known : enum_names<Activation>()) list += (list.empty() ? "" : ", ") + known;
    keys.fail("activation_function \"" + excerpt(name) + "\"", "one of " + list);
  }
  config.activation = *activation;
}

void read_opt(const ConfigKeys& keys, ModelConfig& config) {
  config.hidden_size = keys.integer("hidden_size", keys.integer("d_model", 768));
  config.layers = keys.integer("num_hidden_layers", 12);
  config.heads = keys.integer("num_attention_heads", 12);
  config.kv_heads = config.heads;
  config.ffn_size = keys.integer("ffn_dim", 3072);
  config.max_positions = keys.integer("max_position_embeddings", 2048);
  config.vocab_size = keys.integer("vocab_size", 50272);
  config.embed_size = keys.integer("word_embed_proj_dim", config.hidden_size);
  config.pre_norm = keys.flag("do_layer_norm_before", true);
  config.final_norm = config.pre_norm && !keys.flag("_remove_final_layer_norm", false);
  config.bias = keys.flag("enable_bias", true);
  config.norm_affine = keys.flag("layer_norm_elementwise_affine", true);
  read_activation(keys, "relu", config);
  config.init_std = keys.number("init_std", 0.02);
  config.tied = keys.flag("tie_word_embeddings", true);
  config.pad_token_id = keys.id("pad_token_id", 1);
  config.bos_token_id = keys.id("bos_token_id", 2);
  config.eos_token_ids = keys.ids("eos_token_id", {2});
  if (config.hidden_size % config.heads != 0) keys.fail("num_attention_heads", "a divisor of hidden_size");
  config.head_dim = config.hidden_size / config.heads;
}

// transformers knows the sizes of GPT-2 also by the names of other families, and follows these when both are there.
std::int64_t read_gpt2_size(const ConfigKeys& keys, const char* name, const char* common, std::int64_t fallback) {
  const std::int64_t size = keys.integer(name, keys.integer(common, fallback));
  if (keys.integer(common, size) != size) keys.fail(common, std::string("the same as ") + name);
  return size;
}

void read_gpt2(const ConfigKeys& keys, ModelConfig& config) {
  config.vocab_size = keys.integer("vocab_size", 50257);
  config.hidden_size = read_gpt2_size(keys, "n_embd", "hidden_size", 768);
  config.layers = read_gpt2_size(keys, "n_layer", "num_hidden_layers", 12);
  config.heads = read_gpt2_size(keys, "n_head", "num_attention_heads", 12);
  config.kv_heads = config.heads;
  config.max_positions = read_gpt2_size(keys, "n_positions", "max_position_embeddings", 1024);
  config.ffn_size = keys.integer("n_inner", 4 * config.hidden_size);
  config.embed_size = config.hidden_size;
  config.norm_eps = keys.number("layer_norm_epsilon", 1e-5);
  config.init_std = keys.number("initializer_range", 0.02);
  config.tied = keys.flag("tie_word_embeddings", true);
  // reorder_and_upcast_attn changes the order of the arithmetic in half precision, not the formula.
  config.scale_attention = keys.flag("scale_attn_weights", true);
  config.scale_by_layer = keys.flag("scale_attn_by_inverse_layer_idx", false);
  read_activation(keys, "gelu_new", config);
  config.pad_token_id = keys.id("pad_token_id");
  config.bos_token_id = keys.id("bos_token_id", 50256);
  config.eos_token_ids = keys.ids("eos_token_id", {50256});
  if (config.hidden_size % config.heads != 0) keys.fail("n_head", "a divisor of n_embd");
  config.head_dim = config.hidden_size / config.heads;
  if (keys.flag("add_cross_attention", false)) keys.fail("add_cross_attention", "false");
  if (!(config.norm_eps > 0)) keys.fail("layer_norm_epsilon", "a number above 0");
}

// Defaults by which the configuration classes of Llama, Qwen2 and Mistral differ.
struct LlamaDefaults {
  std::int64_t vocab_size, ffn_size, max_positions;
  std::optional<std::int64_t> kv_heads;  // as many as query heads when none is given
  std::optional<std::int64_t> bos;
  std::vector<std::int64_t> eos;
};

void read_llama_shape(const ConfigKeys& keys, const LlamaDefaults& defaults, ModelConfig& config) {
  config.vocab_size = keys.integer("vocab_size", defaults.vocab_size);
  config.hidden_size = keys.integer("hidden_size", 4096);
  config.ffn_size = keys.integer("intermediate_size", defaults.ffn_size);
  config.layers = keys.integer("num_hidden_layers", 32);
  config.heads = keys.integer("num_attention_heads", 32);
  // A null stands for as many as query heads in every family.
  const bool absent = !keys.has("num_key_value_heads");
  config.kv_heads =
      keys.integer("num_key_value_heads", absent ? defaults.kv_heads.value_or(config.heads) : config.heads);
  config.max_positions = keys.integer("max_position_embeddings", defaults.max_positions);
  config.embed_size = config.hidden_size;
  if (config.heads % config.kv_heads != 0) keys.fail("num_key_value_heads", "a divisor of num_attention_heads");
  if (keys.find("head_dim") == nullptr && config.hidden_size % config.heads != 0) {
    keys.fail("num_attention_heads", "a divisor of hidden_size, or head_dim given");
  }
  config.head_dim = keys.integer("head_dim", std::max<std::int64_t>(1, config.hidden_size / config.heads));
  if (config.head_dim % 2 != 0) keys.fail("head_dim", "an even number");
}

void read_llama_like(const ConfigKeys& keys, const LlamaDefaults& defaults, ModelConfig& config) {
  read_llama_shape(keys, defaults, config);
  config.norm_eps = keys.number("rms_norm_eps", 1e-6);
  const std::string activation = keys.string("hidden_act", "silu");
  config.activation = Activation::kSilu;
  config.tied = keys.flag("tie_word_embeddings", false);
  config.init_std = keys.number("initializer_range", 0.02);
  config.pad_token_id = keys.id("pad_token_id");
  config.bos_token_id = keys.id("bos_token_id", defaults.bos);
  config.eos_token_ids = keys.ids("eos_token_id", defaults.eos);
  if (find_activation(activation) != Activation::kSilu) keys.fail("hidden_act \"" + excerpt(activation) + "\"", "silu");
  read_rope(keys, config);
  if (!(config.rope_theta > 0)) keys.fail("rope_theta", "a number above 0");
  if (!(config.norm_eps > 0)) keys.fail("rms_norm_eps", "a number above 0");
}

void read_llama(const ConfigKeys& keys, ModelConfig& config) {
  read_llama_like(keys, {32000, 11008, 2048, std::nullopt, 1, {2}}, config);
  config.attention_bias = keys.flag("attention_bias", false);
  config.attention_out_bias = config.attention_bias;
  config.mlp_bias = keys.flag("mlp_bias", false);
  // pretraining_tp divides products of matrices into parts, which changes nothing but the order of the arithmetic.
}

// Versions of transformers follow layer_types or leave it out, so that it must not say anything new.
void check_layer_types(const ConfigKeys& keys, const std::string& only) {
  const Json* types = keys.find("layer_types");
  if (types == nullptr) return;
  if (!types->is_array()) keys.fail("layer_types", "a list of names");
  for (const Json& type : types->as_array()) {
    if (!type.is_string() || type.as_string() != only) keys.fail("layer_types", "\"" + only + "\" for every layer");
  }
}

void read_qwen2(const ConfigKeys& keys, ModelConfig& config) {
  read_llama_like(keys, {151936, 22016, 32768, 32, std::nullopt, {}}, config);
  config.attention_bias = true;
  // Versions of transformers differ in which layers have the window, and some leave it out.
  if (keys.flag("use_sliding_window", false)) keys.fail("use_sliding_window", "false");
  check_layer_types(keys, "full_attention");
}

void read_mistral(const ConfigKeys& keys, ModelConfig& config) {
  read_llama_like(keys, {32000, 14336, 4096 * 32, 8, 1, {2}}, config);
  config.sliding_window =
      keys.has("sliding_window") && keys.find("sliding_window") == nullptr ? 0 : keys.integer("sliding_window", 4096);
  check_layer_types(keys, config.sliding_window > 0 ? "sliding_attention" : "full_attention");
}

struct SupportedFamily {
  const char* model_type;
  Family family;
  const char* network;  // the name of transformers' class without its last part
  const char* head;     // that last part
  void (*read)(const ConfigKeys&, ModelConfig&);
};

constexpr std::array<SupportedFamily, 5> kFamilies{{
    {"opt", Family::kOpt, "OPT", "ForCausalLM", read_opt},
    {"gpt2", Family::kGpt2, "GPT2", "LMHeadModel", read_gpt2},
    {"llama", Family::kLlama, "Llama", "ForCausalLM", read_llama},
    {"qwen2", Family::kLlama, "Qwen2", "ForCausalLM", read_qwen2},
    {"mistral", Family::kLlama, "Mistral", "ForCausalLM", read_mistral},
}};

const SupportedFamily& family_of(const ConfigKeys& keys) {
  std::string list;
  for (const SupportedFamily& family : kFamilies) list += (list.empty() ? "" : ", ") + std::string(family.model_type);
  if (keys.find("model_type") == nullptr) {
    throw Error(ErrorKind::kModel, keys.file() + " has no model_type; supported are " + list);
  }
  const std::string type = keys.string("model_type", "");
  for (const SupportedFamily& family : kFamilies) {
    if (type == family.model_type) return family;
  }
  throw Error(ErrorKind::kModel,
              keys.file() + ": the model_type \"" + excerpt(type) + "\" is not supported; supported are " + list);
}

// A network with another head, such as one for classification, has no logits over tokens.
void check_architectures(const ConfigKeys& keys, const SupportedFamily& family) {
  const Json* list = keys.find("architectures");
  if (list == nullptr) return;
  if (!list->is_array()) keys.fail("architectures", "a list of names");
  const std::string network = family.network;
  // A bare network has no head of its own; its head is the embedding, or missing among the weights.
  for (const Json& item : list->as_array()) {
    const std::string name = item.is_string() ? item.as_string() : "";
    if (name == network + family.head || name == network + "Model" || name.ends_with("ForCausalLM") ||
        name.ends_with("LMHeadModel")) {
      continue;
    }
    keys.fail("architectures \"" + excerpt(name) + "\"", network + family.head + ", a language model");
  }
}

void check_parameters(const ConfigKeys& keys, const ModelConfig& config) {
  double total = 0;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    double count = 1;
    for (const std::int64_t size : spec.shape) count *= static_cast<double>(size);
    total += count;
  }
  if (total <= kMaxParameters) return;
  throw Error(ErrorKind::kModel, keys.file() + ": its sizes give more than 10^13 parameters");
}

Json parse_object(const std::string& json, const std::string& what) {
  Json value;
  try {
    value = Json::parse(json, what);
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
  if (!value.is_object()) throw Error(ErrorKind::kModel, what + ": expected an object");
  return value;
}

}  // namespace

ModelConfig parse_model_config(const std::string& json, const std::string& file) {
  const Json value = parse_object(json, file);
  const ConfigKeys keys(value, file);
  const SupportedFamily& family = family_of(keys);
  if (keys.find("quantization_config") != nullptr) keys.fail("quantization_config", "weights that are not quantized");
  check_architectures(keys, family);
  const Json* pruned = keys.find("pruned_heads");
  if (pruned != nullptr && pruned->is_object() && !pruned->as_object().empty()) {
    keys.fail("pruned_heads", "a model with all its heads");
  }
  ModelConfig config;
  config.family = family.family;
  config.model_type = family.model_type;
  family.read(keys, config);
  if (config.layers > kMaxLayers) keys.fail("num_hidden_layers", "at most " + std::to_string(kMaxLayers));
  check_parameters(keys, config);
  return config;
}

std::string describe_model(const std::string& json, const ModelConfig& config, const std::string& dtype) {
  const Json value = parse_object(json, "config.json");
  const auto family = std::ranges::find(kFamilies, config.model_type, &SupportedFamily::model_type);
  const std::string architecture = std::string(family->network) + family->head;
  const Json::Object facts{
      {"architectures", Json(Json::Array{Json(architecture)})},
      {"model_type", Json(config.model_type)},
      {"tie_word_embeddings", Json(config.tied)},
      {"vocab_size", Json(config.vocab_size)},
      {"torch_dtype", Json(dtype)},
      {"dtype", Json(dtype)},
  };
  // The folder it was loaded from, code that is not in the folder, and what the facts replace.
  std::set<std::string> dropped{"_name_or_path", "auto_map", "quantization_config", "_attn_implementation_autoset"};
  for (const auto& [key, fact] : facts) dropped.insert(key);
  const Json* rope = find_rope_object(ConfigKeys(value, "config.json"));
  if (rope != nullptr) dropped.insert({"rope_scaling", "rope_theta"});
  Json::Object kept;
  for (const auto& [key, item] : value.as_object()) {
    if (!dropped.contains(key)) kept.emplace_back(key, item);
  }
  // transformers 4 reads rotary embeddings from these keys only.
  if (rope != nullptr) {
    if (config.rope.type != RopeType::kDefault) kept.emplace_back("rope_scaling", *rope);
    kept.emplace_back("rope_theta", Json(config.rope_theta));
  }
  kept.insert(kept.begin(), facts.begin(), facts.end());
  return json_text(Json(std::move(kept))) + "\n";
}

std::vector<std::int64_t> parse_eos_token_ids(const std::string& json, const std::string& file) {
  const Json value = parse_object(json, file);
  return ConfigKeys(value, file).ids("eos_token_id");
}

}  // namespace dppo
