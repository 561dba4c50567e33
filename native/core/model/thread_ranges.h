// How the rows of a pass are divided among threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/range.h"
#include "model/causal_lm.h"

namespace dppo {

// Returns whether threads may share the rows of a pass: the model is small and on a CPU.
bool shares_rows(const CausalLM& lm);

// Returns the ranges of rows that threads compute side by side, for rows of `lengths` tokens. The ranges follow each
// other, cover all rows, and hold about as many tokens each. For a small model on a CPU there is a range for each
// thread: its layers are too small to be divided, while rows have nothing in common but the weights. For other models
// there is one range, and also with autocast, because passes would share the cast weights and thus a part of the graph.
std::vector<Range> thread_ranges(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast);

}  // namespace dppo
