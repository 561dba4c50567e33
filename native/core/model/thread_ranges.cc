#include "model/thread_ranges.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

namespace dppo {

namespace {

// Elements of the gradients of all ranges together, 128 MiB: each range has gradients for all weights.
constexpr std::int64_t kMaxGradients = std::int64_t{1} << 25;

// Returns how many ranges may have gradients for all weights at the same time.
std::int64_t max_ranges(const CausalLM& lm) {
  return kMaxGradients / std::max<std::int64_t>(1, total_numel(lm.parameters()));
}

}  // namespace

bool shares_rows(const CausalLM& lm) { return lm.device().is_cpu() && max_ranges(lm) > 1; }

std::vector<Range> thread_ranges(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast) {
  const auto rows = static_cast<std::int64_t>(lengths.size());
  if (rows < 2 || autocast || !shares_rows(lm)) return {{0, rows}};
  return balanced_ranges(lengths, std::min({rows, max_ranges(lm), std::int64_t{at::get_num_threads()}}));
}

}  // namespace dppo
