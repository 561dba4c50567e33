#include "model/thread_shares.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

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
  return divides ? balanced_shares(lengths, most) : std::vector<Share>{{0, rows}};
}

}  // namespace dppo
