#include "model/weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"
#include "io/pickle.h"

namespace dppo {

namespace {

namespace fs = std::filesystem;

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

std::string normalised(std::string name, Family family) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string wrapper : {"module.", "_orig_mod.", "pretrained_model."}) {
      if (!starts_with(name, wrapper)) continue;
      name = name.substr(wrapper.size());
      again = true;
    }
  }
  if (starts_with(name, "v_head.") || starts_with(name, "lm_head.") || starts_with(name, "model.")) return name;
  // Files saved from the bare decoder lack the outer prefix.
  const bool bare_opt = family == Family::kOpt && starts_with(name, "decoder.");
  const bool bare_llama = family == Family::kLlama && (starts_with(name, "layers.") || starts_with(name, "norm.") ||
                                                       starts_with(name, "embed_tokens."));
  return bare_opt || bare_llama ? "model." + name : name;
}

TensorList read_file(const std::string& path) {
  return path.ends_with(".bin") ? read_pickled_tensors(path) : read_safetensors(path);
}

std::vector<std::string> shards_of(const std::string& index_path) {
  const Json index = Json::parse(read_text_file(index_path), index_path);
  const Json* map = index.find("weight_map");
  if (map == nullptr || !map->is_object()) throw Error(ErrorKind::kModel, index_path + ": expected a weight_map");
  std::set<std::string> shards;
  for (const auto& [name, file] : map->as_object()) {
    if (!file.is_string() || file.as_string().find('/') != std::string::npos || file.as_string().starts_with("..")) {
      throw Error(ErrorKind::kModel, index_path + ": " + name + " names no plain file");
    }
    shards.insert(file.as_string());
  }
  return {shards.begin(), shards.end()};
}

std::vector<std::string> weight_files(const std::string& dir) {
  for (const std::string base : {"model.safetensors", "pytorch_model.bin"}) {
    const fs::path whole = fs::path(dir) / base;
    if (fs::exists(whole)) return {whole.string()};
    const fs::path index = fs::path(dir) / (base + ".index.json");
    if (!fs::exists(index)) continue;
    std::vector<std::string> files;
    for (const std::string& shard : shards_of(index.string())) files.push_back((fs::path(dir) / shard).string());
    return files;
  }
  throw Error(ErrorKind::kModel, dir + " has no weights: expected model.safetensors, pytorch_model.bin or an index");
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::string first_ten(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(10, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > 10) text += " and " + std::to_string(names.size() - 10) + " more";
  return text;
}

// Buffers of old files that carry nothing to learn.
bool is_ignored(const std::string& name) {
  return starts_with(name, "v_head.") || name.ends_with("rotary_emb.inv_freq");
}

}  // namespace

TensorList read_weights(const std::string& dir, const ModelConfig& config) {
  TensorList all;
  std::set<std::string> seen;
  for (const std::string& file : weight_files(dir)) {
    for (auto& [name, tensor] : read_file(file)) {
      std::string full = normalised(name, config.family);
      if (!seen.insert(full).second) throw Error(ErrorKind::kModel, file + ": " + full + " appears twice");
      all.emplace_back(std::move(full), std::move(tensor));
    }
  }
  return all;
}

NamedTensors match_weights(const std::string& dir, const TensorList& found, const ModelConfig& config) {
  std::map<std::string, at::Tensor> table(found.begin(), found.end());
  NamedTensors matched;
  std::vector<std::string> missing;
  std::vector<std::string> misshaped;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    const auto entry = table.find(spec.name);
    if (entry == table.end()) {
      missing.push_back(spec.name);
    } else if (entry->second.sizes() != at::IntArrayRef(spec.shape)) {
      misshaped.push_back(spec.name + " is " + shape_text(entry->second.sizes()) + ", expected " +
                          shape_text(spec.shape));
      table.erase(entry);
    } else {
      matched.emplace_back(spec.name, entry->second);
      table.erase(entry);
    }
  }
  if (const auto head = table.find("lm_head.weight"); head != table.end() && config.tied) {
    const bool opt = config.family == Family::kOpt;
    const ParameterTable own(matched);
    const at::Tensor tokens = own.get(opt ? "model.decoder.embed_tokens.weight" : "model.embed_tokens.weight");
    if (tokens.defined() && !at::equal(tokens, head->second)) {
      throw Error(ErrorKind::kModel,
                  dir + ": lm_head.weight differs from the embedding though tie_word_embeddings is set");
    }
    table.erase(head);
  }
  std::vector<std::string> unexpected;
  for (const auto& [name, tensor] : table) {
    if (!is_ignored(name)) unexpected.push_back(name);
  }
  std::string problems;
  if (!missing.empty()) problems += "; missing: " + first_ten(missing);
  if (!misshaped.empty()) problems += "; wrong shape: " + first_ten(misshaped);
  if (!unexpected.empty()) problems += "; unexpected: " + first_ten(unexpected);
  if (!problems.empty()) throw Error(ErrorKind::kModel, dir + " does not match its config.json" + problems);
  return matched;
}

}  // namespace dppo
