// The one place that knows all model families.
#pragma once

#include <memory>

#include "model/causal_lm.h"

namespace dppo {

// Returns a network over `parameters`, which must be those of parameter_specs(config).
std::shared_ptr<CausalLM> make_model(const ModelConfig& config, NamedTensors parameters);

}  // namespace dppo
