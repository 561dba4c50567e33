// A draw from the distribution that logits give.
#pragma once

#include <cstdint>
#include <span>

#include "kernel/level.h"

namespace dppo::kernel {

// Returns the first index at which the running sum of e^(logit - largest logit) exceeds `uniform` (in [0, 1)) times the
// whole sum. Sums and powers are float64. A logit of minus infinity is never drawn. Throws Error(kShape) without logits
// and Error(kData) if none is finite.
std::int64_t draw_index(std::span<const float> logits, double uniform, const Kernels& kernels = best_kernels());

}  // namespace dppo::kernel
