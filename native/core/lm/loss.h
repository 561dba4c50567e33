// Next-token loss over rows of unequal length.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/causal_lm.h"

namespace dppo {

using TokenRows = std::vector<std::vector<std::int64_t>>;
using LossMasks = std::vector<std::vector<std::uint8_t>>;

struct NextTokenLoss {
  at::Tensor sum;           // scalar, nats over all predicted tokens, differentiable
  std::int64_t tokens = 0;  // how many were predicted
};

// Rows are right-padded; every token but a row's first is predicted, save those whose mask entry is 0 (no masks: all).
// Throws Error(kShape) for an empty batch, ids outside the vocabulary, rows beyond the positions or nothing to predict.
NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const LossMasks& masks, bool autocast);

}  // namespace dppo
