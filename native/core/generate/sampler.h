// One token from one row of logits: transformers' logit processors and warpers, in their order, as a pure function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "generate/generate.h"

namespace dppo {

// What the processors need to know of a row.
struct RowState {
  std::span<const std::int64_t> seen;  // prompt and new tokens so far, no padding
  std::int64_t generated = 0;          // new tokens so far
};

// Applies repetition penalty and minimum length in place; `logits` has one entry a token id.
void process_logits(std::span<float> logits, const RowState& row, const GenerateOptions& options);

// Applies temperature, top-k and top-p in place; what is filtered becomes -inf.
void warp_logits(std::span<float> logits, const GenerateOptions& options);

// The id at which the cumulative probability exceeds `uniform` in [0, 1); never one whose probability is zero.
std::int64_t draw(std::span<const float> logits, double uniform);

// The best id; the first of equals.
std::int64_t best(std::span<const float> logits);

}  // namespace dppo
