// Prompts padded to a few shapes, so that a GPU can capture the pass over them.
// Letters: B prompts, N tokens of all of them and pads, S capacity of the cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/causal_lm.h"
#include "model/packed_rows.h"
#include "model/padded_numbers.h"
#include "model/token_rows.h"

namespace dppo {

// Prompts of which one pass computes hidden states of the last tokens, and keys and values in an empty cache with a
// slot for each prompt.
class PaddedPrompts {
 public:
  PaddedPrompts(std::int64_t count, std::int64_t tokens, std::int64_t capacity, c10::Device device);

  // Returns N for prompts.
  static std::int64_t tokens_of(const TokenRows& prompts);

  // Takes B prompts with at most N tokens.
  void fill(const TokenRows& prompts);

  const PackedRows& rows() const { return rows_; }

 private:
  std::int64_t tokens_, capacity_;
  PaddedMemory memory_;  // of the tensors of the rows
  PackedRows rows_;
};

// Returns whether a GPU should capture the pass over prompts: their tokens are few, they all differ, and attention
// needs no pads.
bool suits_padded_prompts(const CausalLM& lm, const TokenRows& prompts);

}  // namespace dppo
