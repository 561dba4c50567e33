// Next-token loss over rows of unequal length.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "dist/communicator.h"
#include "model/causal_lm.h"
#include "model/token_rows.h"

namespace dppo {

// Returns how many tokens the rows predict: every token but a row's first, except tokens whose mask entry is 0 (no
// masks: none excepted). Throws Error(kShape) for an empty batch, ids outside the vocabulary, rows beyond the positions
// or nothing to predict.
std::int64_t count_predicted(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks);

// Returns the loss over the tokens that count_predicted counts in a `share` of the rows: a differentiable scalar in
// nats, undefined when the share predicts none. The rows must have passed count_predicted.
at::Tensor next_token_sum(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast,
                          const Share& share);

struct NextTokenLoss {
  at::Tensor sum;           // scalar, nats over the predicted tokens, differentiable
  std::int64_t tokens = 0;  // how many are predicted in all rows
};

// Returns the loss over all rows. Throws what count_predicted throws.
NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast);

}  // namespace dppo
