#include "checkpoint/model_folder.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/device.h"
#include "base/error.h"
#include "checkpoint/config_json.h"
#include "checkpoint/weights.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "model/make_model.h"
#include "model/parameters.h"

namespace dppo {

namespace {

namespace fs = std::filesystem;

// Where the parameters of a model go, parsed and checked.
struct Placement {
  c10::Device device;
  at::ScalarType dtype;
  bool trainable;
};

// Returns the 16-bit type that all weights have, else float32.
at::ScalarType stored_dtype(const NamedTensors& weights) {
  const at::ScalarType first = weights.empty() ? at::kFloat : weights.front().second.scalar_type();
  const bool one_type =
      std::ranges::all_of(weights, [first](const auto& weight) { return weight.second.scalar_type() == first; });
  return one_type && (first == at::kBFloat16 || first == at::kHalf) ? first : at::kFloat;
}

Placement parse_placement(const LoadOptions& options, const NamedTensors& weights) {
  const at::ScalarType dtype = options.dtype == "auto" ? stored_dtype(weights) : parse_dtype(options.dtype);
  const Placement placement{parse_device(options.device), dtype, options.trainable};
  if (placement.trainable && placement.dtype != at::kFloat && placement.dtype != at::kDouble) {
    throw Error(ErrorKind::kConfig, "a trainable model needs float32 weights; " + dtype_name(placement.dtype) +
                                        " was asked for (use autocast for half-precision arithmetic)");
  }
  return placement;
}

// Returns a tensor where and as its model needs it. Tensors of one file can share their memory; weights that are
// trained must not, and they must not keep a whole file in memory.
at::Tensor place(const at::Tensor& tensor, const Placement& to) {
  const bool shares = tensor.storage().use_count() > 1 || tensor.storage().nbytes() != tensor.nbytes();
  const auto options = at::TensorOptions().device(to.device).dtype(to.dtype);
  at::Tensor result = tensor.to(options, /*non_blocking=*/false, /*copy=*/to.trainable && shares).contiguous();
  return to.trainable ? result.detach().requires_grad_(true) : result;
}

ValueHead place_head(const ValueHead& head, Placement to) {
  // The head stays float32, except in float64 models, which serve gradient checks.
  to.dtype = to.dtype == at::kDouble ? at::kDouble : at::kFloat;
  return {place(head.weight, to), place(head.bias, to)};
}

std::optional<ValueHead> stored_head(const std::string& dir, const NamedTensors& weights, std::int64_t width) {
  const fs::path own = fs::path(dir) / "value_head.safetensors";
  const NamedTensors list = file_exists(own.string()) ? read_safetensors(own.string()) : weights;
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

// Returns the ids below `vocabulary` that are not in `token_ids`; nothing when `token_ids` is empty.
std::vector<std::int64_t> ids_without_token(const std::vector<std::int64_t>& token_ids, std::int64_t vocabulary) {
  if (token_ids.empty()) return {};
  std::vector<bool> used(static_cast<std::size_t>(vocabulary), false);
  for (const std::int64_t id : token_ids) {
    if (id >= 0 && id < vocabulary) used[static_cast<std::size_t>(id)] = true;
  }
  std::vector<std::int64_t> unused;
  for (std::int64_t id = 0; id < vocabulary; ++id) {
    if (!used[static_cast<std::size_t>(id)]) unused.push_back(id);
  }
  return unused;
}

std::string optional_text(const std::string& path) { return file_exists(path) ? read_text_file(path) : ""; }

std::string read_config_json(const std::string& dir) {
  const std::string path = (fs::path(dir) / "config.json").string();
  if (!file_exists(path)) throw Error(ErrorKind::kModel, dir + " is no model folder: it has no config.json");
  return read_text_file(path);
}

}  // namespace

std::shared_ptr<Policy> load_policy(const std::string& dir, const LoadOptions& options) {
  parse_placement(options, {});  // before the weights, which take long to read
  auto policy = std::make_shared<Policy>();
  policy->config_json = read_config_json(dir);
  ModelConfig config = parse_model_config(policy->config_json, (fs::path(dir) / "config.json").string());
  const std::string generation = (fs::path(dir) / "generation_config.json").string();
  policy->generation_config_json = optional_text(generation);
  if (!policy->generation_config_json.empty()) {
    // generation_config.json takes precedence when it names end tokens.
    const auto ids = parse_eos_token_ids(policy->generation_config_json, generation);
    if (!ids.empty()) config.eos_token_ids = ids;
  }
  config.unused_ids = ids_without_token(options.token_ids, config.vocab_size);
  NamedTensors weights = read_weights(dir, config);
  const auto head = options.value_head ? stored_head(dir, weights, config.embed_size) : std::nullopt;
  NamedTensors parameters = match_weights(dir, std::move(weights), config);
  const Placement placement = parse_placement(options, parameters);
  if (options.value_head) {
    policy->value_head = place_head(head ? *head : init_value_head(config.embed_size, options.seed), placement);
  }
  // Each tensor of a safetensors file is freed as soon as it is converted, so that both copies never stand in memory as
  // a whole.
  for (auto& [name, tensor] : parameters) tensor = place(tensor, placement);
  policy->lm = make_model(config, std::move(parameters));
  return policy;
}

std::shared_ptr<Policy> create_policy(const std::string& config_json, const LoadOptions& options) {
  const Placement placement = parse_placement(options, {});
  ModelConfig config = parse_model_config(config_json, "config.json");
  config.unused_ids = ids_without_token(options.token_ids, config.vocab_size);
  NamedTensors parameters = initial_parameters(config, options.seed);
  for (auto& [name, tensor] : parameters) tensor = place(tensor, placement);
  auto policy = std::make_shared<Policy>();
  policy->config_json = config_json;
  policy->lm = make_model(config, std::move(parameters));
  if (options.value_head) {
    policy->value_head = place_head(init_value_head(config.embed_size, options.seed), placement);
  }
  return policy;
}

void save_policy(const Policy& policy, const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) throw_write_error(dir, error.value());
  const auto file = [&dir](const char* name) { return (fs::path(dir) / name).string(); };
  write_safetensors(file("model.safetensors"), policy.lm->parameters());
  if (policy.value_head) {
    const NamedTensors head{{kHeadWeight, policy.value_head->weight}, {kHeadBias, policy.value_head->bias}};
    write_safetensors(file("value_head.safetensors"), head);
  }
  if (!policy.generation_config_json.empty()) {
    write_file_atomically(file("generation_config.json"), policy.generation_config_json);
  }
  const std::string dtype = dtype_name(policy.lm->dtype());
  write_file_atomically(file("config.json"), describe_model(policy.config_json, policy.lm->config(), dtype));
}

}  // namespace dppo
