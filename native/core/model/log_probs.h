// Log-probabilities and entropy of tokens under logits, in float32 (float64 stays float64).
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// Returns log_softmax(logits)[..., id]; logits (..., V), ids (...). Differentiable.
at::Tensor token_log_probs(const at::Tensor& logits, const at::Tensor& ids);

// Returns the entropy logsumexp(logits) - sum softmax(logits) * logits, in nats; (..., V) to (...).
at::Tensor token_entropy(const at::Tensor& logits);

struct TokenScores {
  at::Tensor log_probs;  // (n)
  at::Tensor entropy;    // (n), without a gradient; undefined if not asked for
};

// Returns token_log_probs and token_entropy of logits (n, V); ids (n).
TokenScores score_tokens(const at::Tensor& logits, const at::Tensor& ids, bool with_entropy);

// As score_tokens, for logits that nothing else needs. On a CPU, float32 logits with a gradient are overwritten, in the
// backward pass by this gradient, so that a pass has one tensor of this size instead of four. For these, there is one
// backward pass, without gradients of gradients. Other logits stay as they are.
TokenScores score_and_overwrite(const at::Tensor& logits, const at::Tensor& ids, bool with_entropy);

}  // namespace dppo
