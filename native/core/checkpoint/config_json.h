// Reads the JSON files of a model folder that describe the network: config.json and generation_config.json, as
// transformers writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace dppo {

// Returns the configuration that the text of a config.json describes. Absent keys take the defaults of transformers.
// Throws Error(kModel) naming `file` and the key whose value is missing or unsupported, or the supported families.
ModelConfig parse_model_config(const std::string& json, const std::string& file);

// Returns the text of a config.json with the facts of a model whose weights have the type `dtype` ("float32") in place
// of those of the model it was made from: both names of the type (transformers 4 reads torch_dtype), the architecture,
// the size of the vocabulary and whether the head is tied. All other keys that describe the network stay.
std::string describe_model(const std::string& json, const ModelConfig& config, const std::string& dtype);

// Returns the end tokens that the text of a generation_config.json names; empty when it names none.
// Throws Error(kModel) when the text is not a JSON object or the ids are not numbers.
std::vector<std::int64_t> parse_eos_token_ids(const std::string& json, const std::string& file);

}  // namespace dppo
