// Logits and log-probabilities of whole rows, as callers outside the core see them. V is the size of the vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "model/causal_lm.h"
#include "model/token_rows.h"

namespace dppo {

// Returns the float32 logits (length, V) of each row on the CPU.
// Throws Error(kShape) for empty rows, ids outside the vocabulary and rows longer than the model's positions.
std::vector<at::Tensor> row_logits(const CausalLM& lm, const TokenRows& rows);

// Returns the log-probabilities of the tokens of each row from place `starts[i]` on, each given all tokens before it:
// (length - start) float32, in nats. Empty starts: from the second token on. The last layer and the logits are computed
// for these tokens only. Throws as row_logits, and Error(kShape) for a start that is not one of 1 to the row's length.
std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows,
                                      const std::vector<std::int64_t>& starts = {});

}  // namespace dppo
