#include "checkpoint/weights.h"

#include <ATen/ops/equal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/excerpt.h"
#include "io/file.h"
#include "io/json.h"
#include "io/pickle.h"
#include "io/safetensors.h"
#include "model/parameters.h"

namespace dppo {

namespace {

namespace fs = std::filesystem;

// The names that parameters have in transformers' checkpoints of a family.
struct FamilyNames {
  std::string outer;               // the prefix that files of a bare decoder lack
  std::vector<std::string> inner;  // what may follow it
};

const FamilyNames& names_of(Family family) {
  static const FamilyNames opt{"model.", {"decoder."}};
  static const FamilyNames gpt2{"transformer.", {"wte.", "wpe.", "h.", "ln_f."}};
  static const FamilyNames llama{"model.", {"layers.", "norm.", "embed_tokens."}};
  if (family == Family::kGpt2) return gpt2;
  return family == Family::kOpt ? opt : llama;
}

bool begins_with_any(std::string_view text, const std::vector<std::string>& prefixes) {
  return std::ranges::any_of(prefixes, [text](const std::string& prefix) { return text.starts_with(prefix); });
}

// Returns whether `name` is one of a language model: with its outer prefix or the head's.
bool is_full_name(std::string_view name, const FamilyNames& names) {
  if (name.starts_with("v_head.") || name.starts_with("lm_head.")) return true;
  return name.starts_with(names.outer) && begins_with_any(name.substr(names.outer.size()), names.inner);
}

// Removes the prefixes of wrapper modules and adds the outer prefix that files of a bare decoder lack.
std::string normalise_name(std::string_view name, Family family) {
  const FamilyNames& names = names_of(family);
  for (bool again = true; again && !is_full_name(name, names);) {
    again = false;
    // DistributedDataParallel, torch.compile, TRL, PEFT without an adapter, FSDP; "model." is a Lightning module's.
    for (const std::string_view wrapper : {"module.", "_orig_mod.", "pretrained_model.", "base_model.model.",
                                           "_fsdp_wrapped_module.", "_forward_module.", "model."}) {
      if (!name.starts_with(wrapper)) continue;
      name.remove_prefix(wrapper.size());
      again = true;
    }
  }
  return (begins_with_any(name, names.inner) ? names.outer : "") + std::string(name);
}

// Throws Error(kModel) if the names are those of an adapter, whose weights are changes of another model's.
void refuse_adapter(const std::string& file, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const bool adapter = name.find(".lora_") != std::string::npos || name.find(".base_layer.") != std::string::npos ||
                         name.find("modules_to_save.") != std::string::npos;
    if (!adapter) continue;
    throw Error(ErrorKind::kModel, file + " holds a PEFT adapter (" + excerpt(name) +
                                       "), not a whole model; merge it in Python with merge_and_unload() and "
                                       "save_pretrained(folder), then name that folder");
  }
}

NamedTensors read_file(const std::string& path) {
  return path.ends_with(".bin") ? read_pickled_tensors(path) : read_safetensors(path);
}

std::vector<std::string> list_shards(const std::string& index_path) {
  const Json index = Json::parse(read_text_file(index_path), index_path);
  const Json* map = index.find("weight_map");
  if (map == nullptr || !map->is_object()) throw Error(ErrorKind::kModel, index_path + ": expected a weight_map");
  std::set<std::string> shards;
  for (const auto& [name, file] : map->as_object()) {
    if (!file.is_string() || file.as_string().find('/') != std::string::npos || file.as_string().starts_with("..")) {
      throw Error(ErrorKind::kModel, index_path + ": " + excerpt(name) + " names no plain file");
    }
    shards.insert(file.as_string());
  }
  return {shards.begin(), shards.end()};
}

std::vector<std::string> weight_files(const std::string& dir) {
  for (const std::string base : {"model.safetensors", "pytorch_model.bin"}) {
    const std::string whole = (fs::path(dir) / base).string();
    if (file_exists(whole)) return {whole};
    const std::string index = (fs::path(dir) / (base + ".index.json")).string();
    if (!file_exists(index)) continue;
    std::vector<std::string> files;
    for (const std::string& shard : list_shards(index)) files.push_back((fs::path(dir) / shard).string());
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

// Names that a file may hold without being part of the language model: the value head, which is read separately, and
// buffers that old versions of transformers and fairseq saved.
bool is_ignored(const std::string& name) {
  const bool causal_mask =
      name.starts_with("transformer.h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
  const bool fairseq_version = name == "model.decoder.version";
  return name.starts_with("v_head.") || name.ends_with("rotary_emb.inv_freq") || causal_mask || fairseq_version;
}

using TensorTable = std::map<std::string, at::Tensor>;

// Gives a tied lm_head the name of the embedding when the embedding is missing. Of two names of one tensor,
// safetensors.torch.save_model keeps the first in alphabetical order.
void rename_tied_head(const ModelConfig& config, TensorTable& table) {
  const std::string embedding = embedding_name(config.family);
  if (!config.tied || table.contains(embedding)) return;
  auto head = table.extract("lm_head.weight");
  if (head.empty()) return;
  head.key() = embedding;
  table.insert(std::move(head));
}

// Removes a tied lm_head from the table. Throws Error(kModel) when it differs from the embedding.
void drop_tied_head(const std::string& dir, const ModelConfig& config, const NamedTensors& matched,
                    TensorTable& table) {
  const auto head = table.find("lm_head.weight");
  if (head == table.end() || !config.tied) return;
  const at::Tensor embedding = ParameterTable(matched).get(embedding_name(config.family));
  if (embedding.defined() && !at::equal(embedding, head->second)) {
    throw Error(ErrorKind::kModel,
                dir + ": lm_head.weight differs from the embedding though tie_word_embeddings is set");
  }
  table.erase(head);
}

// What keeps the tensors of a folder from being the model's parameters.
struct Mismatch {
  std::vector<std::string> missing;
  std::vector<std::string> misshaped;
  std::vector<std::string> mistyped;
  std::vector<std::string> unexpected;

  // Throws Error(kModel) unless all lists are empty.
  void check(const std::string& dir) const {
    std::string problems;
    if (!missing.empty()) problems += "; missing: " + first_ten(missing);
    if (!misshaped.empty()) problems += "; wrong shape: " + first_ten(misshaped);
    if (!mistyped.empty()) problems += "; not of a floating-point type: " + first_ten(mistyped);
    if (!unexpected.empty()) problems += "; unexpected: " + first_ten(unexpected);
    if (!problems.empty()) throw Error(ErrorKind::kModel, dir + " does not match its config.json" + problems);
  }
};

}  // namespace

NamedTensors read_weights(const std::string& dir, const ModelConfig& config) {
  NamedTensors all;
  std::set<std::string> seen;
  for (const std::string& file : weight_files(dir)) {
    NamedTensors tensors = read_file(file);
    refuse_adapter(file, tensors);
    for (auto& [name, tensor] : tensors) {
      std::string full = normalise_name(name, config.family);
      if (!seen.insert(full).second) throw Error(ErrorKind::kModel, file + ": " + excerpt(full) + " appears twice");
      all.emplace_back(std::move(full), std::move(tensor));
    }
  }
  return all;
}

NamedTensors match_weights(const std::string& dir, NamedTensors found, const ModelConfig& config) {
  TensorTable table(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  rename_tied_head(config, table);
  NamedTensors matched;
  Mismatch mismatch;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    const auto entry = table.extract(spec.name);
    if (entry.empty()) {
      mismatch.missing.push_back(spec.name);
    } else if (entry.mapped().sizes() != at::IntArrayRef(spec.shape)) {
      mismatch.misshaped.push_back(spec.name + " is " + shape_text(entry.mapped().sizes()) + ", expected " +
                                   shape_text(spec.shape));
    } else if (!entry.mapped().is_floating_point()) {
      mismatch.mistyped.push_back(spec.name);
    } else {
      matched.emplace_back(spec.name, entry.mapped());
    }
  }
  drop_tied_head(dir, config, matched, table);
  for (const auto& [name, tensor] : table) {
    if (!is_ignored(name)) mismatch.unexpected.push_back(excerpt(name));
  }
  mismatch.check(dir);
  return matched;
}

}  // namespace dppo
