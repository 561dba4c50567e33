// Reads the JSON files of a model folder that describe the network: config.json and generation_config.json, as
// transformers writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace dppo {

// Returns the configuration that the text of a config.json describes. Absent keys take the defaults of transformers.
// Throws Error(kModel) naming the key whose value is missing or unsupported.
ModelConfig parse_model_config(const std::string& json);

// Returns the end tokens that the text of a generation_config.json names; empty when it names none.
// Throws Error(kModel) when the text is not a JSON object or the ids are not numbers.
std::vector<std::int64_t> parse_end_ids(const std::string& json);

}  // namespace dppo
