// The description of rotary embeddings in a config.json.
//
// Newer files keep all values in the object rope_parameters. Older ones keep rope_theta beside the object rope_scaling.
// A file can have both, for example when rope_scaling was added by hand. transformers then follows rope_scaling alone,
// and takes the default of what it lacks.
#pragma once

#include "checkpoint/config_keys.h"
#include "io/json.h"
#include "model/config.h"

namespace dppo {

// Reads rope_theta and the scaling into `config`. Throws Error(kModel) for values that are not supported, and when the
// file says different things in different places.
void read_rope(const ConfigKeys& keys, ModelConfig& config);

// Returns the object that transformers follows; nullptr when the file has none with values.
const Json* find_rope_object(const ConfigKeys& keys);

}  // namespace dppo
