// Forward passes over a padded batch: log-probabilities, values and entropies at the positions that count.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/cancel.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/rewards.h"

namespace dppo {

// What is not described otherwise is (m, T-1) float32, 0 outside the mask. `entropy` and `values` may be undefined.
struct TokenOutputs {
  at::Tensor where;   // (m, T-1) bool, the positions that count
  at::Tensor logits;  // (n, V) at those positions; kept in passes without gradient only
  at::Tensor log_probs;
  at::Tensor values;
  at::Tensor entropy;
};

// One forward pass of `policy` with gradient as the caller's mode says. The head of the language model is computed only
// where `response_mask` counts: nothing outside the mask enters loss or statistics.
TokenOutputs forward_tokens(const Policy& policy, const PaddedBatch& rows, bool with_entropy, bool autocast);

struct Rollout {
  at::Tensor log_probs;            // (B, T-1) of the policy
  at::Tensor values;               // (B, T-1)
  at::Tensor reference_log_probs;  // (B, T-1)
  at::Tensor kl;                   // (B, T-1) penalty of the configured kind
};

// Passes without gradient in chunks of mini_batch_size rows, in the given order.
Rollout roll_out(const Policy& policy, const Policy& reference, const PaddedBatch& batch, const PpoConfig& config,
                 const CancelFlag* cancel);

// Rows of a batch.
PaddedBatch rows_of(const PaddedBatch& batch, const at::Tensor& index);

}  // namespace dppo
