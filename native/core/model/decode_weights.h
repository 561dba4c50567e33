// The weights of a model as the kernels of a decoding step want them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "gpu/decode_arguments.h"
#include "model/config.h"
#include "model/linear.h"

namespace dppo {

// The weights of a normalisation; undefined ones are 1 and 0.
struct NormWeights {
  at::Tensor weight, bias;
};

struct DecodeLayer {
  NormWeights attention_norm;
  Linear qkv;  // queries, keys and values behind each other
  Linear out;
  NormWeights mlp_norm;
  Linear up;  // or gate and up behind each other
  Linear down;
  double scale = 1.0;  // of the scores of attention
};

// What a model with normalisation in front of each part computes with. The tensors share the model's memory.
struct DecodeWeights {
  gpu::Norm norm = gpu::Norm::kRms;
  double norm_eps = 1e-5;
  gpu::Ending activation = gpu::Ending::kGated;
  at::Tensor tokens, positions = {};  // embeddings; positions are undefined in a model that rotates
  std::int64_t first_position = 0;    // the row of `positions` for position 0
  at::Tensor frequencies = {};        // of the rotation, or undefined
  std::vector<DecodeLayer> layers = {};
  NormWeights final_norm;
  Linear head;
};

// Returns the ending of the kernels for an activation.
gpu::Ending ending_of(Activation activation);

}  // namespace dppo
