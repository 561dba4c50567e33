// Picks one token from one row of logits with transformers' logit processors and warpers, as pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "generate/generate.h"

namespace dppo {

// The logit of a token that cannot be drawn.
inline constexpr float kExcluded = -std::numeric_limits<float>::infinity();

// The part of a row that the logit processors use.
struct RowState {
  std::span<const std::int64_t> seen;  // prompt and new tokens so far, no padding
  std::int64_t generated = 0;          // new tokens so far
};

// Applies repetition penalty and minimum length in place; `logits` has one entry a token id.
void process_logits(std::span<float> logits, const RowState& row, const GenerateOptions& options);

// Applies temperature, top-k and top-p in place; filtered logits become -inf.
void warp_logits(std::span<float> logits, const GenerateOptions& options);

// Returns the id with the highest logit; of equal ones, the first.
std::int64_t argmax(std::span<const float> logits);

}  // namespace dppo
