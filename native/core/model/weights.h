// Strict reading of the weights of a model folder.
#pragma once

#include <string>
#include <vector>

#include "io/safetensors.h"
#include "model/parameters.h"

namespace dppo {

// All tensors of a folder under their normalised names: model.safetensors, its shards, or pytorch_model.bin and its
// shards; wrapper prefixes removed, `decoder.` and bare Llama names completed. Throws Error(kModel) when there is none.
TensorList read_weights(const std::string& dir, const ModelConfig& config);

// The tensors of `specs` in their order. Missing, unexpected and mis-shaped names are reported together, up to ten of
// each, in one Error(kModel). A tied lm_head that is present must equal the embedding. Entries of v_head are ignored.
NamedTensors match_weights(const std::string& dir, const TensorList& found, const ModelConfig& config);

}  // namespace dppo
