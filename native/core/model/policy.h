// A language model with its optional value head: what PPO trains.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/named_tensors.h"
#include "model/causal_lm.h"
#include "model/value_head.h"

namespace dppo {

struct Policy {
  std::shared_ptr<CausalLM> lm;
  std::optional<ValueHead> value_head;

  // Texts of the files that describe the model, carried along so that saving writes what was read.
  std::string config_json;
  std::string generation_config_json;  // may be empty

  // Returns the value head; null if there is none.
  const ValueHead* value_head_or_null() const { return value_head ? &*value_head : nullptr; }

  // Returns all parameters in a fixed order: the language model's, then the head's.
  NamedTensors parameters() const;
  // Returns the memory that the parameters take, in bytes.
  std::int64_t bytes() const;
};

// Returns a copy with memory of its own, without gradients and without a value head: the frozen reference of PPO.
std::shared_ptr<Policy> clone_frozen(const Policy& policy);

}  // namespace dppo
