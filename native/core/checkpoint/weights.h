// Weight files of a model folder, matched strictly against the parameters of the network.
#pragma once

#include <string>

#include "base/named_tensors.h"
#include "model/config.h"

namespace dppo {

// Returns all tensors of a folder under their full names. Reads model.safetensors or its shards, else pytorch_model.bin
// or its shards. Prefixes of wrapper modules are removed, and names of a bare decoder are completed.
// Throws Error(kModel) when the folder has no weights, Error(kCheckpointFormat) when a file is damaged.
NamedTensors read_weights(const std::string& dir, const ModelConfig& config);

// Returns the tensors of `found` in the order of parameter_specs(config). Missing, unexpected and misshaped names and
// those of integers are reported together, up to ten of each, in one Error(kModel). A tied lm_head that is present must
// equal the embedding. The tensors of a value head are ignored.
NamedTensors match_weights(const std::string& dir, NamedTensors found, const ModelConfig& config);

}  // namespace dppo
