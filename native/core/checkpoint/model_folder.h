// Model folders in the layout of the Hugging Face hub: config.json, generation_config.json and weights.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/policy.h"

namespace dppo {

struct LoadOptions {
  std::string device = "cpu";           // "cpu", "cuda", "cuda:N"
  std::string dtype = "float32";        // of the weights: "float32", "bfloat16", "float16", "float64", or "auto": the
                                        // 16-bit type that all weights of the folder have, else float32
  bool trainable = false;               // weights require gradients
  bool value_head = false;              // load the value head, or make one from `seed` when the folder has none
  std::uint64_t seed = 0;               // of a new value head and, in create_policy, of all weights
  std::vector<std::int64_t> token_ids;  // ids that have a token; the others are never drawn. Empty: every id has one
};

// Reads a model folder. Every weight must be present, have its shape and be expected.
// Throws Error(kModel | kCheckpointFormat | kConfig | kDevice).
std::shared_ptr<Policy> load_policy(const std::string& dir, const LoadOptions& options);

// Returns a new model with random weights for the text of a config.json. Throws Error(kModel | kConfig | kDevice).
std::shared_ptr<Policy> create_policy(const std::string& config_json, const LoadOptions& options);

// Writes config.json, model.safetensors and, with a head, value_head.safetensors into `dir`, which is created when it
// does not exist. Throws Error(kIo | kConfig).
void save_policy(const Policy& policy, const std::string& dir);

}  // namespace dppo
