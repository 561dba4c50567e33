// Batched generation with a key/value cache. Logits are processed in the order of transformers: repetition penalty
// (Keskar et al. 2019), minimum length, temperature, top-k, top-p (Holtzman et al. 2020), draw.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/causal_lm.h"
#include "model/token_rows.h"

namespace dppo {

struct GenerateOptions {
  std::int64_t max_new_tokens = 20;
  std::int64_t min_new_tokens = 0;  // end and stop ids are impossible before this many
  bool do_sample = false;
  double temperature = 1.0;  // > 0
  std::int64_t top_k = 0;    // 0: off
  double top_p = 1.0;        // 1: off
  double repetition_penalty = 1.0;
  std::vector<std::int64_t> eos_token_ids;   // end tokens of the model
  std::vector<std::int64_t> stop_token_ids;  // further ids that end a row
  // One pair (seed, stream) a row; empty: row i draws from (0, i).
  std::vector<std::pair<std::uint64_t, std::uint64_t>> streams;
  // Compute with CausalLM::bfloat16_copy, whose weights are rounded as autocast rounds them in training.
  bool autocast_bf16 = false;

  bool operator==(const GenerateOptions&) const = default;
};

// Called with (row, token) for each draw, by one thread at a time. The tokens of a row come in order, those of
// different rows in any. On a GPU, up to eight draws are told at once.
using TokenCallback = std::function<void(std::int64_t row, std::int64_t token)>;

// Returns the new tokens of each prompt without padding; the id that ended a row is its last token.
// Throws Error(kConfig) for an option out of range and when prompt + max_new_tokens exceeds the model's positions,
// Error(kShape) for an empty prompt or an id outside the vocabulary, Error(kInternal) when logits are not finite, and
// Error(kAborted) when cancelled.
TokenRows generate(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                   const TokenCallback& on_token = {});

}  // namespace dppo
