// A decoder-only language model: token ids in, last hidden states and logits out.
// Letters: B batch, T time, E width of the last hidden state, V vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/named_tensors.h"
#include "model/config.h"

namespace dppo {

class KvCache;

class CausalLM {
 public:
  virtual ~CausalLM() = default;

  virtual const ModelConfig& config() const = 0;

  // Last hidden states (B, T, E), after the final norm and OPT's project_out.
  // `ids` (B, T) int64; `mask` (B, T) bool, true for real tokens, given by lengths and never by comparing ids.
  // With a cache, `ids` are the new tokens only and `mask` covers cached plus new columns (B, cached + T).
  virtual at::Tensor hidden(const at::Tensor& ids, const at::Tensor& mask, KvCache* cache = nullptr) const = 0;

  // Logits (..., V) of hidden states (..., E); not widened.
  virtual at::Tensor logits(const at::Tensor& hidden) const = 0;

  // Parameters under their checkpoint names; a tied lm_head is not listed twice.
  virtual const NamedTensors& parameters() const = 0;
};

}  // namespace dppo
