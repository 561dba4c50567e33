// Next-token loss over rows of unequal length.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "base/range.h"
#include "lm/predictions.h"
#include "model/causal_lm.h"
#include "model/dropout.h"
#include "model/token_rows.h"

namespace dppo {

// Returns how many tokens the rows predict: every token but a row's first, except tokens whose mask entry is 0 (no
// masks: none excepted). Throws Error(kShape) for an empty batch, ids outside the vocabulary, rows beyond the positions
// or nothing to predict.
std::int64_t count_predicted(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks);

// Returns what a pass over a `range` of the rows reads and predicts: the tokens that count_predicted counts in it.
TargetRows next_token_targets(const TokenRows& rows, const TokenMasks& masks, const Range& range);

// Returns the loss over the tokens that count_predicted counts in a `range` of the rows, in nats, as differentiable
// scalars whose sum it is: one for each part of the rows that a thread computes, none when the range predicts nothing.
// The rows must have passed count_predicted.
std::vector<at::Tensor> next_token_sums(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks,
                                        bool autocast, const Range& range, const Dropout& dropout = {});

struct NextTokenLoss {
  double nats = 0.0;        // over the predicted tokens
  std::int64_t tokens = 0;  // how many are predicted
};

// Returns the loss over all rows, without gradients. Throws what count_predicted throws.
NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks);

}  // namespace dppo
