// Logits and log-probabilities of whole rows, for callers that look at a model from outside.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/causal_lm.h"

namespace dppo {

// Float32 logits (length, V) of each row on the CPU; rows are padded on the given side to run as one batch.
// Throws Error(kShape) for empty rows, ids outside the vocabulary or rows beyond the positions.
std::vector<at::Tensor> row_logits(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& rows,
                                   bool pad_left);

// log p(token t + 1 | tokens up to t), (length - 1) float32 of each row, in nats.
std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& rows);

}  // namespace dppo
