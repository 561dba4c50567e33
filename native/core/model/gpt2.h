// GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners").
#pragma once

#include <memory>

#include "model/causal_lm.h"

namespace dppo {

// `parameters` must be those of parameter_specs(config).
std::shared_ptr<CausalLM> make_gpt2(const ModelConfig& config, NamedTensors parameters);

}  // namespace dppo
