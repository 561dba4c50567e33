// A language model with its optional value head: what PPO trains and what a model folder holds.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/causal_lm.h"
#include "model/value_head.h"

namespace dppo {

struct LoadOptions {
  std::string device = "cpu";     // "cpu", "cuda", "cuda:N"
  std::string dtype = "float32";  // "float32", "bfloat16", "float16"; storage and arithmetic type of the weights
  bool trainable = false;         // weights require gradients and are copied to 64-byte aligned memory
  bool value_head = false;        // load the value head, or initialise one from `seed` when the folder has none
  std::uint64_t seed = 0;         // of a freshly initialised value head
};

struct Policy {
  std::shared_ptr<CausalLM> lm;
  std::optional<ValueHead> value_head;
  std::string generation_config;  // text of generation_config.json, carried along; may be empty

  // All parameters, the head's as v_head.summary.{weight,bias}, in a fixed order.
  NamedTensors parameters() const;
  std::int64_t bytes() const;  // memory held by the parameters
};

// Reads a Hugging Face model folder strictly. Throws Error(kModel | kCheckpointFormat | kConfig | kDevice).
std::shared_ptr<Policy> load_policy(const std::string& dir, const LoadOptions& options);

// A new model of the given config.json text with random weights (Hugging Face's init: normal with init_std, zero
// biases).
std::shared_ptr<Policy> create_policy(const std::string& config_json, const LoadOptions& options);

// A copy with memory of its own that takes no gradients and has no value head: the frozen reference.
std::shared_ptr<Policy> clone_frozen(const Policy& policy);

// Writes config.json, model.safetensors and, with a head, value_head.safetensors.
void save_policy(const Policy& policy, const std::string& dir);

}  // namespace dppo
