// Queries and responses of one PPO step, as callers give them and as one padded batch.
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
};

struct PaddedBatch {
  at::Tensor ids;            // (B, T) int64
  at::Tensor mask;           // (B, T) bool, true for real tokens
  at::Tensor response_mask;  // (B, T-1) float32, 1 where the position predicts a response token that takes part
};

// Checks sizes, ids, masks, scores and permutations. Throws Error(kShape) naming the sample.
void check_batch(const PpoBatch& batch, const PpoConfig& config, const ModelConfig& model);

// Joins each query with its response and pads the rows to the longest one on the configured side.
PaddedBatch pad_batch(const PpoBatch& batch, const PpoConfig& config, c10::Device device);

// Returns the rows of a batch at `index` (int64).
PaddedBatch select_rows(const PaddedBatch& batch, const at::Tensor& index);

}  // namespace dppo
