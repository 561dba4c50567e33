#include "model/policy.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "base/device.h"
#include "base/error.h"
#include "base/random.h"
#include "io/mapped_file.h"
#include "model/llama.h"
#include "model/opt.h"
#include "model/weights.h"

namespace dppo {

namespace {

namespace fs = std::filesystem;

constexpr const char* kHeadWeight = "v_head.summary.weight";
constexpr const char* kHeadBias = "v_head.summary.bias";

std::shared_ptr<CausalLM> make_model(const ModelConfig& config, NamedTensors parameters) {
  return config.family == Family::kOpt ? make_opt(config, std::move(parameters))
                                       : make_llama(config, std::move(parameters));
}

// On the device and of the type asked for; trainable weights get memory of their own, which libtorch aligns to 64
// bytes.
at::Tensor placed(const at::Tensor& tensor, c10::Device device, at::ScalarType dtype, bool trainable) {
  at::Tensor result = tensor.to(at::TensorOptions().device(device).dtype(dtype), /*non_blocking=*/false,
                                /*copy=*/trainable);
  if (trainable) result = result.contiguous().detach().requires_grad_(true);
  return result;
}

std::optional<ValueHead> stored_head(const std::string& dir, const TensorList& weights, std::int64_t width) {
  const fs::path own = fs::path(dir) / "value_head.safetensors";
  const TensorList list = fs::exists(own) ? read_safetensors(own.string()) : weights;
  const ParameterTable table(list);
  const ValueHead head{table.get(kHeadWeight), table.get(kHeadBias)};
  if (!head.weight.defined() && !head.bias.defined()) return std::nullopt;
  const bool fits = head.weight.defined() && head.bias.defined() &&
                    head.weight.sizes() == at::IntArrayRef({1, width}) && head.bias.sizes() == at::IntArrayRef({1});
  if (!fits) {
    throw Error(ErrorKind::kModel, dir + ": the value head is not [1, " + std::to_string(width) + "] with a bias [1]");
  }
  return head;
}

ValueHead place_head(const ValueHead& head, c10::Device device, const LoadOptions& options) {
  // float64 models are for gradient checks; there the head follows.
  const auto dtype = parse_dtype(options.dtype) == at::kDouble ? at::kDouble : at::kFloat;
  return {placed(head.weight, device, dtype, options.trainable), placed(head.bias, device, dtype, options.trainable)};
}

void check_trainable(const LoadOptions& options) {
  const auto dtype = parse_dtype(options.dtype);
  if (options.trainable && dtype != at::kFloat && dtype != at::kDouble) {
    throw Error(ErrorKind::kConfig, "a trainable model needs float32 weights; " + options.dtype +
                                        " was asked for (use autocast for half-precision arithmetic)");
  }
}

std::string optional_text(const fs::path& path) { return fs::exists(path) ? read_text_file(path.string()) : ""; }

at::Tensor initial(const ParameterSpec& spec, double deviation, RandomStream& random) {
  if (spec.init != Init::kNormal) return at::full(spec.shape, spec.init == Init::kOne ? 1.0 : 0.0, at::kFloat);
  at::Tensor tensor = at::empty(spec.shape, at::kFloat);
  float* values = tensor.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(random.next_normal() * deviation);
  return tensor;
}

}  // namespace

NamedTensors Policy::parameters() const {
  NamedTensors all = lm->parameters();
  if (value_head) {
    all.emplace_back(kHeadWeight, value_head->weight);
    all.emplace_back(kHeadBias, value_head->bias);
  }
  return all;
}

std::int64_t Policy::bytes() const {
  std::int64_t total = 0;
  for (const auto& [name, tensor] : parameters()) total += static_cast<std::int64_t>(tensor.nbytes());
  return total;
}

std::shared_ptr<Policy> load_policy(const std::string& dir, const LoadOptions& options) {
  check_trainable(options);
  const c10::Device device = parse_device(options.device);
  const at::ScalarType dtype = parse_dtype(options.dtype);
  const fs::path config_path = fs::path(dir) / "config.json";
  if (!fs::exists(config_path)) throw Error(ErrorKind::kModel, dir + " is no model folder: it has no config.json");
  ModelConfig config = parse_model_config(read_text_file(config_path.string()));
  auto policy = std::make_shared<Policy>();
  policy->generation_config = optional_text(fs::path(dir) / "generation_config.json");
  if (!policy->generation_config.empty()) {
    // generation_config.json is the source for the end tokens when it names some.
    const auto ids = parse_end_ids(policy->generation_config);
    if (!ids.empty()) config.eos_token_ids = ids;
  }
  const TensorList weights = read_weights(dir, config);
  NamedTensors parameters = match_weights(dir, weights, config);
  for (auto& [name, tensor] : parameters) tensor = placed(tensor, device, dtype, options.trainable);
  policy->lm = make_model(config, std::move(parameters));
  if (options.value_head) {
    const auto head = stored_head(dir, weights, config.embed_size);
    policy->value_head = place_head(head ? *head : init_value_head(config.embed_size, options.seed), device, options);
  }
  return policy;
}

std::shared_ptr<Policy> create_policy(const std::string& config_json, const LoadOptions& options) {
  check_trainable(options);
  const c10::Device device = parse_device(options.device);
  const ModelConfig config = parse_model_config(config_json);
  RandomStream random(options.seed, /*stream=*/0x696E6974ULL);
  NamedTensors parameters;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    at::Tensor tensor = initial(spec, config.init_std, random);
    // transformers' _init_weights zeroes the padding row of the embedding.
    const auto pad = config.pad_token_id;
    if (spec.name.ends_with("embed_tokens.weight") && pad && *pad >= 0 && *pad < config.vocab_size)
      tensor[*pad].zero_();
    parameters.emplace_back(spec.name, placed(tensor, device, parse_dtype(options.dtype), options.trainable));
  }
  auto policy = std::make_shared<Policy>();
  policy->lm = make_model(config, std::move(parameters));
  if (options.value_head) {
    policy->value_head = place_head(init_value_head(config.embed_size, options.seed), device, options);
  }
  return policy;
}

std::shared_ptr<Policy> clone_frozen(const Policy& policy) {
  NamedTensors parameters;
  for (const auto& [name, tensor] : policy.lm->parameters()) parameters.emplace_back(name, tensor.detach().clone());
  auto copy = std::make_shared<Policy>();
  copy->lm = make_model(policy.lm->config(), std::move(parameters));
  copy->generation_config = policy.generation_config;
  return copy;
}

void save_policy(const Policy& policy, const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) throw Error(ErrorKind::kData, dir + " cannot be made: " + error.message());
  write_safetensors((fs::path(dir) / "model.safetensors").string(), policy.lm->parameters());
  if (policy.value_head) {
    const TensorList head{{kHeadWeight, policy.value_head->weight}, {kHeadBias, policy.value_head->bias}};
    write_safetensors((fs::path(dir) / "value_head.safetensors").string(), head);
  }
  if (!policy.generation_config.empty()) {
    write_file_atomically((fs::path(dir) / "generation_config.json").string(), policy.generation_config);
  }
  write_file_atomically((fs::path(dir) / "config.json").string(), policy.lm->config().json);
}

}  // namespace dppo
