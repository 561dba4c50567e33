// Log-probabilities and entropy of tokens under logits, in float32 (float64 stays float64).
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// Returns log_softmax(logits)[..., id]; logits (..., V), ids (...). Differentiable.
at::Tensor token_log_probs(const at::Tensor& logits, const at::Tensor& ids);

// Returns the entropy logsumexp(logits) - sum softmax(logits) * logits, in nats; (..., V) to (...).
at::Tensor token_entropy(const at::Tensor& logits);

}  // namespace dppo
