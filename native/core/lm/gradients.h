// Gradients of the next-token loss.
#pragma once

#include <cstdint>

#include "lm/loss.h"

namespace dppo {

// Adds the gradients of `scale` times the loss over a `range` of the rows, that of next_token_sums, to those of the
// model's parameters. Returns the loss itself, in nats. The rows must have passed count_predicted. A pass with dropout
// is never captured.
double add_next_token_gradients(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, const Range& range,
                                double scale, const PassOptions& options, const Dropout& dropout = {});

}  // namespace dppo
