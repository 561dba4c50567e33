#include "model/thread_shares.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

namespace dppo {

namespace {

// Numbers that the gradients of all shares may take together, 128 MiB: each share has gradients for all weights.
constexpr std::int64_t kMostGradients = std::int64_t{1} << 25;

}  // namespace

std::vector<Share> thread_shares(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast) {
  const auto rows = static_cast<std::int64_t>(lengths.size());
  if (rows < 2 || autocast || !lm.device().is_cpu()) return {{0, rows}};
  const std::int64_t most = std::min(rows, kMostGradients / std::max<std::int64_t>(1, count_numbers(lm.parameters())));
  return balanced_shares(lengths, std::max<std::int64_t>(1, std::min<std::int64_t>(most, at::get_num_threads())));
}

}  // namespace dppo
