// Gradients of the next-token loss.
#pragma once

#include <cstdint>

#include "lm/loss.h"

namespace dppo {

// Adds the gradients of `scale` times the loss over a `share` of the rows, that of next_token_sums, to those of the
// model's parameters. Returns the loss itself, in nats. The rows must have passed count_predicted.
double add_next_token_gradients(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast,
                                const Share& share, double scale, const Dropout& dropout = {});

}  // namespace dppo
