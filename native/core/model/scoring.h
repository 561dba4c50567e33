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

// Returns log p(token t + 1 | tokens up to t) of each row: (length - 1) float32, in nats. Throws as row_logits.
std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows);

}  // namespace dppo
