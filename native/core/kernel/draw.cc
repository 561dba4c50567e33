#include "kernel/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace dppo::kernel {

namespace {

constexpr std::size_t kChunk = 512;
using Weights = std::array<double, kChunk>;

// Returns the index at which `cumulative` plus the weights exceeds `target`, or the last index that has a weight:
// rounding can leave the sum a hair below the target.
std::size_t index_within(std::span<const double> weights, double cumulative, double target) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0.0) continue;
    cumulative += weights[i];
    last = i;
    if (cumulative > target) break;
  }
  return last;
}

}  // namespace

std::int64_t draw_index(std::span<const float> logits, double uniform, const Kernels& kernels) {
  if (logits.empty()) throw Error(ErrorKind::kShape, "draw_index: there are no logits");
  const double top = kernels.largest(logits.data(), static_cast<std::int64_t>(logits.size()));
  if (!std::isfinite(top)) throw Error(ErrorKind::kData, "draw_index: no logit is finite, or one is infinite");
  // Only the sums are kept: the weights of the chunk that is drawn are computed again.
  Weights weights;
  const auto sum_of = [&](std::size_t first) {
    const std::span<const float> part = logits.subspan(first, std::min(kChunk, logits.size() - first));
    return kernels.exponential_weights(part.data(), static_cast<std::int64_t>(part.size()), top, weights.data());
  };
  std::vector<double> sums;
  for (std::size_t first = 0; first < logits.size(); first += kChunk) sums.push_back(sum_of(first));
  const double target = uniform * std::accumulate(sums.begin(), sums.end(), 0.0);
  double cumulative = 0.0;
  std::size_t chosen = 0;
  double before = 0.0;
  for (std::size_t chunk = 0; chunk < sums.size() && cumulative <= target; ++chunk) {
    if (sums[chunk] == 0.0) continue;
    before = cumulative;
    cumulative += sums[chunk];
    chosen = chunk;
  }
  const std::size_t first = chosen * kChunk;
  sum_of(first);
  const std::size_t count = std::min(kChunk, logits.size() - first);
  return static_cast<std::int64_t>(first + index_within({weights.data(), count}, before, target));
}

}  // namespace dppo::kernel
