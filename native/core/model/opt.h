// OPT (Zhang et al. 2022, "OPT: Open Pre-trained Transformer Language Models"), every variant transformers writes.
#pragma once

#include <memory>

#include "model/causal_lm.h"

namespace dppo {

// `parameters` must be those of parameter_specs(config).
std::shared_ptr<CausalLM> make_opt(const ModelConfig& config, NamedTensors parameters);

}  // namespace dppo
