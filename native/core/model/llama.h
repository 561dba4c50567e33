// Llama 3.x (Dubey et al. 2024, "The Llama 3 Herd of Models").
#pragma once

#include <memory>

#include "model/causal_lm.h"

namespace dppo {

// `parameters` must be those of parameter_specs(config).
std::shared_ptr<CausalLM> make_llama(const ModelConfig& config, NamedTensors parameters);

}  // namespace dppo
