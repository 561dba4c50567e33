// The weights of a model as the kernels of a decoding step want them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "gpu/decode_arguments.h"
#include "model/config.h"
#include "model/linear.h"
#include "model/norm.h"

namespace dppo {

struct DecodeLayer {
  NormWeights attention_norm;
  Linear qkv;  // queries, keys and values, one after the other
  Linear out;
  NormWeights mlp_norm;
  Linear up;  // or gate and up, one after the other
  Linear down;
};

// What a model with normalisation in front of each part computes with. The tensors share the model's memory.
struct DecodeWeights {
  gpu::Norm norm = gpu::Norm::kRms;
  gpu::Epilogue activation = gpu::Epilogue::kGated;
  at::Tensor tokens, positions = {};  // embeddings; positions are undefined in a model that rotates
  std::int64_t first_position = 0;    // the row of `positions` for position 0
  at::Tensor frequencies = {};        // of the rotation, or undefined
  std::vector<DecodeLayer> layers = {};
  NormWeights final_norm;
  Linear lm_head;
};

// Returns the epilogue that computes an activation.
gpu::Epilogue epilogue_of(Activation activation);

}  // namespace dppo
