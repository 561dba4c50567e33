// Queries and responses of one PPO step, as callers give them and as rows of the model.
// Letters: B rows, T padded length.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "model/config.h"
#include "model/token_rows.h"
#include "ppo/config.h"

namespace dppo {

struct PpoBatch {
  TokenRows queries;          // B rows, each at least one token
  TokenRows responses;        // B rows, each at least one token
  std::vector<float> scores;  // B, finite
  TokenMasks response_masks;  // empty, or B rows of |response| entries: tokens with 0 take no part
  TokenRows permutations;     // empty, or one order of the batch per PPO epoch
  TokenRows ptx_rows;  // texts whose next-token loss is mixed in, as many for each minibatch of each epoch, in order;
                       // empty without ptx_coef
};

// The samples of a step as rows of the model, and where their outputs stand in tensors (B, T-1).
struct StepRows {
  TokenRows tokens;                   // B rows: the query, then the response
  std::vector<std::int64_t> queries;  // B, tokens of each query
  TokenMasks counted;                 // B rows of |response| entries: 0 for tokens that take no part
  at::Tensor response_mask;           // (B, T-1) float32, 1 where the position predicts a response token that counts
};

// Checks sizes, ids, masks, scores and permutations. Throws Error(kShape) naming the sample.
void check_batch(const PpoBatch& batch, const PpoConfig& config, const ModelConfig& model);

// Joins each query with its response. The columns of the mask are those of rows padded to the longest one on the
// configured side.
StepRows join_rows(const PpoBatch& batch, const PpoConfig& config, c10::Device device);

}  // namespace dppo
