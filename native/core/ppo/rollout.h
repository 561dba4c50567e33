// Forward passes over the rows of a step: log-probabilities, values and entropies at the positions of the
// response mask.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "dist/communicator.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/rewards.h"

namespace dppo {

// The samples of a minibatch, as numbers of a step's rows.
using Samples = std::span<const std::int64_t>;

// Returns a part of the samples.
Samples samples_of(Samples samples, Share share);

// Returns the number of tokens of each sample's row.
std::vector<std::int64_t> lengths_of(const StepRows& rows, Samples samples);

// Tensors are (m, T-1) float32 and 0 outside the mask unless stated otherwise. `entropy` and `values` may be undefined.
struct TokenOutputs {
  at::Tensor mask;    // (m, T-1) float32, the rows of response_mask
  at::Tensor logits;  // (n, V) at the positions of the mask; kept in passes without gradient only
  at::Tensor log_probs;
  at::Tensor values;
  at::Tensor entropy;
};

// Runs one forward pass of `policy`, with gradients if the caller's mode says so. The last layer and the logits are
// computed only for the responses, because nothing outside the mask enters loss or statistics.
TokenOutputs forward_tokens(const Policy& policy, const StepRows& rows, Samples samples, bool with_entropy,
                            bool autocast);

struct Rollout {
  at::Tensor log_probs;            // (B, T-1) of the policy
  at::Tensor values;               // (B, T-1)
  at::Tensor reference_log_probs;  // (B, T-1)
  at::Tensor kl;                   // (B, T-1) penalty of the configured kind
};

// Runs policy and reference without gradients over chunks of `chunk` rows, those of all threads together. Each process,
// and each thread for a small model, computes a share of the rows. Throws Error(kAborted) when cancelled.
Rollout roll_out(const Policy& policy, const Policy& reference, const StepRows& rows, std::int64_t chunk,
                 const PpoConfig& config, Communicator& group, const CancelFlag* cancel);

}  // namespace dppo
