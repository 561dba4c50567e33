// How the rows of a pass are divided among threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/share.h"
#include "model/causal_lm.h"

namespace dppo {

// Returns whether threads may share the rows of a pass: the model is small and on a CPU.
bool shares_rows(const CausalLM& lm);

// Returns the shares of rows of `lengths` tokens that threads compute side by side. They follow each other, cover all
// rows, and hold about as many tokens each. A small model on a CPU gets a share for each thread: its layers are too
// small to be divided, while rows have nothing in common but the weights. Other models get one share, and so does a
// pass with autocast, because passes would share the cast weights and with them a part of the graph.
std::vector<Share> thread_shares(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast);

}  // namespace dppo
