#include "checkpoint/config_json.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "io/json.h"

namespace dppo {

namespace {

// Ten times the largest size of any published model. A larger value would exhaust memory before the weights are read.
constexpr std::int64_t kMaxSize = 10'000'000;
constexpr std::int64_t kMaxLayers = 1'000;

// Typed access to the members of a configuration object.
class Keys {
 public:
  explicit Keys(const Json& json) : json_(json) {}

  const Json* find(const std::string& key) const {
    const Json* value = json_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  std::int64_t integer(const std::string& key, std::optional<std::int64_t> fallback = std::nullopt) const {
    const Json* value = find(key);
    if (value == nullptr && fallback) return *fallback;
    if (value == nullptr || !value->is_integer() || value->as_integer() < 1 || value->as_integer() > kMaxSize) {
      fail(key, "a whole number from 1 to " + std::to_string(kMaxSize));
    }
    return value->as_integer();
  }

  double number(const std::string& key, double fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_number()) fail(key, "a number");
    return value->as_double();
  }

  bool flag(const std::string& key, bool fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_bool()) fail(key, "true or false");
    return value->as_bool();
  }

  std::string string(const std::string& key, const std::string& fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_string()) fail(key, "a string");
    return value->as_string();
  }

  std::vector<std::int64_t> ids(const std::string& key) const {
    const Json* value = find(key);
    if (value == nullptr) return {};
    if (value->is_integer()) return {value->as_integer()};
    if (!value->is_array()) fail(key, "a token id or a list of them");
    std::vector<std::int64_t> result;
    for (const Json& item : value->as_array()) {
      if (!item.is_integer()) fail(key, "a token id or a list of them");
      result.push_back(item.as_integer());
    }
    return result;
  }

  // Returns the id; nothing when it is null, `fallback` when the key is absent.
  std::optional<std::int64_t> id(const std::string& key, std::optional<std::int64_t> fallback) const {
    return json_.find(key) == nullptr ? fallback : id(key);
  }

  std::optional<std::int64_t> id(const std::string& key) const {
    const auto list = ids(key);
    return list.empty() ? std::nullopt : std::optional(list.front());
  }

  [[noreturn]] static void fail(const std::string& key, const std::string& expected) {
    throw Error(ErrorKind::kModel, "config.json: " + key + " is missing or unsupported; expected " + expected);
  }

 private:
  const Json& json_;
};

void read_opt(const Keys& keys, ModelConfig& config) {
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
  config.activation = keys.string("activation_function", "relu");
  config.init_std = keys.number("init_std", 0.02);
  config.tied = keys.flag("tie_word_embeddings", true);
  config.pad_token_id = keys.id("pad_token_id", 1);
  config.bos_token_id = keys.id("bos_token_id", 2);
  config.eos_token_ids = keys.ids("eos_token_id");
  if (config.eos_token_ids.empty()) config.eos_token_ids = {2};
  if (config.hidden_size % config.heads != 0) Keys::fail("num_attention_heads", "a divisor of hidden_size");
  config.head_dim = config.hidden_size / config.heads;
  if (config.activation != "relu" && config.activation != "gelu" && config.activation != "gelu_new") {
    Keys::fail("activation_function", "relu, gelu or gelu_new");
  }
}

void read_rope(const Keys& keys, ModelConfig& config) {
  // Newer files keep all values in rope_parameters. Older ones keep rope_theta beside rope_scaling.
  const Json* parameters = keys.find("rope_parameters");
  const Json* scaling = parameters != nullptr ? parameters : keys.find("rope_scaling");
  config.rope_theta = keys.number("rope_theta", 10000.0);
  if (scaling == nullptr) return;
  if (!scaling->is_object()) Keys::fail(parameters != nullptr ? "rope_parameters" : "rope_scaling", "an object");
  const Keys rope(*scaling);
  config.rope_theta = rope.number("rope_theta", config.rope_theta);
  config.rope.type = rope.string("rope_type", rope.string("type", "default"));
  if (config.rope.type != "default" && config.rope.type != "linear" && config.rope.type != "llama3") {
    Keys::fail("rope_type \"" + config.rope.type + "\"", "default, linear or llama3");
  }
  config.rope.factor = rope.number("factor", 1.0);
  config.rope.low_freq_factor = rope.number("low_freq_factor", 1.0);
  config.rope.high_freq_factor = rope.number("high_freq_factor", 4.0);
  config.rope.original_positions = rope.number("original_max_position_embeddings", 8192.0);
  if (!(config.rope.factor > 0)) Keys::fail("factor", "a number above 0");
  if (!(config.rope.original_positions > 0)) Keys::fail("original_max_position_embeddings", "a number above 0");
  if (!(config.rope.low_freq_factor > 0 && config.rope.high_freq_factor > config.rope.low_freq_factor)) {
    Keys::fail("high_freq_factor", "a number above low_freq_factor, and that above 0");
  }
}

void read_llama(const Keys& keys, ModelConfig& config) {
  config.vocab_size = keys.integer("vocab_size", 32000);
  config.hidden_size = keys.integer("hidden_size", 4096);
  config.ffn_size = keys.integer("intermediate_size", 11008);
  config.layers = keys.integer("num_hidden_layers", 32);
  config.heads = keys.integer("num_attention_heads", 32);
  config.kv_heads = keys.integer("num_key_value_heads", config.heads);
  config.max_positions = keys.integer("max_position_embeddings", 2048);
  config.embed_size = config.hidden_size;
  config.norm_eps = keys.number("rms_norm_eps", 1e-6);
  config.activation = keys.string("hidden_act", "silu");
  config.attention_bias = keys.flag("attention_bias", false);
  config.mlp_bias = keys.flag("mlp_bias", false);
  config.tied = keys.flag("tie_word_embeddings", false);
  config.init_std = keys.number("initializer_range", 0.02);
  config.pad_token_id = keys.id("pad_token_id");
  config.bos_token_id = keys.id("bos_token_id");
  config.eos_token_ids = keys.ids("eos_token_id");
  if (config.heads % config.kv_heads != 0) Keys::fail("num_key_value_heads", "a divisor of num_attention_heads");
  if (keys.find("head_dim") == nullptr && config.hidden_size % config.heads != 0) {
    Keys::fail("num_attention_heads", "a divisor of hidden_size, or head_dim given");
  }
  config.head_dim = keys.integer("head_dim", std::max<std::int64_t>(1, config.hidden_size / config.heads));
  if (config.head_dim % 2 != 0) Keys::fail("head_dim", "an even number");
  if (config.activation != "silu") Keys::fail("hidden_act", "silu");
  if (keys.number("pretraining_tp", 1) != 1) Keys::fail("pretraining_tp", "1");
  read_rope(keys, config);
  if (!(config.rope_theta > 0)) Keys::fail("rope_theta", "a number above 0");
  if (!(config.norm_eps > 0)) Keys::fail("rms_norm_eps", "a number above 0");
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

ModelConfig parse_model_config(const std::string& json) {
  const Json value = parse_object(json, "config.json");
  const Keys keys(value);
  ModelConfig config;
  const std::string type = keys.string("model_type", "");
  if (keys.find("quantization_config") != nullptr) Keys::fail("quantization_config", "weights that are not quantized");
  if (type == "opt") {
    config.family = Family::kOpt;
    read_opt(keys, config);
  } else if (type == "llama") {
    config.family = Family::kLlama;
    read_llama(keys, config);
  } else {
    Keys::fail("model_type \"" + type + "\"", "opt or llama");
  }
  if (config.layers > kMaxLayers) Keys::fail("num_hidden_layers", "at most " + std::to_string(kMaxLayers));
  return config;
}

std::vector<std::int64_t> parse_end_ids(const std::string& json) {
  const Json value = parse_object(json, "generation_config.json");
  return Keys(value).ids("eos_token_id");
}

}  // namespace dppo
