#include "model/thread_shares.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

namespace dppo {

namespace {

// Numbers that the gradients of all shares may take together, 128 MiB: each share has gradients for all weights.
constexpr std::int64_t kMostGradients = std::int64_t{1} << 25;

// How many gradients for all weights may exist side by side.
std::int64_t most_shares(const CausalLM& lm) {
  return kMostGradients / std::max<std::int64_t>(1, count_numbers(lm.parameters()));
}

}  // namespace

bool shares_rows(const CausalLM& lm) { return lm.device().is_cpu() && most_shares(lm) > 1; }

std::vector<Share> thread_shares(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast) {
  const auto rows = static_cast<std::int64_t>(lengths.size());
  if (rows < 2 || autocast || !shares_rows(lm)) return {{0, rows}};
  return balanced_shares(lengths, std::min({rows, most_shares(lm), std::int64_t{at::get_num_threads()}}));
}

}  // namespace dppo
