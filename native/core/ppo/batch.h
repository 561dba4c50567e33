// Queries and responses as one padded batch. Letters: B rows, T padded length.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/config.h"
#include "ppo/config.h"
#include "ppo/trainer.h"

namespace dppo {

struct PaddedBatch {
  at::Tensor ids;            // (B, T) int64
  at::Tensor mask;           // (B, T) bool, real tokens by length
  at::Tensor response_mask;  // (B, T-1) float32, 1 where the position predicts a counted response token
};

// Checks sizes, ids, masks, scores and permutations. Throws Error(kShape) naming the sample.
void check_batch(const PpoBatch& batch, const PpoConfig& config, const ModelConfig& model);

// Pads rows to the longest on the configured side.
PaddedBatch pad_batch(const PpoBatch& batch, const PpoConfig& config, c10::Device device);

}  // namespace dppo
