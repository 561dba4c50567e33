#include "model/thread_shares.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <numeric>

namespace dppo {

namespace {

// Numbers that the gradients of all shares may take together, 128 MiB: each share has gradients for all weights.
constexpr std::int64_t kMostGradients = std::int64_t{1} << 25;

std::int64_t weights_of(const CausalLM& lm) {
  std::int64_t weights = 0;
  for (const auto& [name, tensor] : lm.parameters()) weights += tensor.numel();
  return weights;
}

}  // namespace

std::vector<Share> thread_shares(const CausalLM& lm, std::span<const std::int64_t> lengths, bool autocast) {
  const auto rows = static_cast<std::int64_t>(lengths.size());
  const std::int64_t most = std::min<std::int64_t>(at::get_num_threads(), rows);
  const bool divides = most > 1 && !autocast && lm.device().is_cpu() && most * weights_of(lm) <= kMostGradients;
  if (!divides) return {{0, rows}};
  const std::int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  std::vector<Share> shares;
  std::int64_t first = 0, seen = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    // A row is the last of a share when the middle of the next one lies beyond the share's end.
    const std::int64_t next = row + 1 < rows ? lengths[static_cast<std::size_t>(row + 1)] : 0;
    seen += lengths[static_cast<std::size_t>(row)];
    const auto goal = tokens * static_cast<std::int64_t>(shares.size() + 1) / most;
    if (row + 1 < rows && 2 * seen + next < 2 * goal) continue;
    shares.push_back({first, row + 1});
    first = row + 1;
  }
  return shares;
}

}  // namespace dppo
