// OPT (Zhang et al. 2022, "OPT: Open Pre-trained Transformer Language Models"), every variant transformers writes.
#pragma once

#include <cstdint>
#include <memory>

#include "model/causal_lm.h"

namespace dppo {

// The row of the embedding of positions for position 0; those in front of it are for padding.
inline constexpr std::int64_t kFirstOptPosition = 2;

// `parameters` must be those of parameter_specs(config).
std::shared_ptr<CausalLM> make_opt(const ModelConfig& config, NamedTensors parameters);

}  // namespace dppo
