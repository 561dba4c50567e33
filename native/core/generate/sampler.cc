#include "generate/sampler.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace dppo {

namespace {

void keep_top_k(std::span<float> logits, std::int64_t k) {
  if (k <= 0 || k >= static_cast<std::int64_t>(logits.size())) return;
  std::vector<float> sorted(logits.begin(), logits.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const float threshold = sorted[static_cast<std::size_t>(k - 1)];
  // Ties at the threshold all stay.
  for (float& logit : logits) {
    if (logit < threshold) logit = kExcluded;
  }
}

// Holtzman et al. 2020 as transformers does it: ascending order, drop while the cumulative probability is at most
// 1 - p, always keep the best.
void keep_top_p(std::span<float> logits, double p) {
  if (p >= 1.0) return;
  // What top-k has dropped needs no sorting.
  std::vector<std::size_t> order;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (logits[id] != kExcluded) order.push_back(id);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t id) { return logits[id]; });
  const double top = logits[order.back()];
  double total = 0.0;
  for (const std::size_t id : order) total += std::exp(static_cast<double>(logits[id]) - top);
  double cumulative = 0.0;
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    cumulative += std::exp(static_cast<double>(logits[order[i]]) - top) / total;
    if (cumulative > 1.0 - p) break;
    logits[order[i]] = kExcluded;
  }
}

}  // namespace

void process_logits(std::span<float> logits, const RowState& row, const GenerateOptions& options) {
  if (options.repetition_penalty != 1.0) {
    const auto penalty = static_cast<float>(options.repetition_penalty);
    const std::unordered_set<std::int64_t> ids(row.seen.begin(), row.seen.end());
    for (const std::int64_t id : ids) {
      float& logit = logits[static_cast<std::size_t>(id)];
      logit = logit < 0 ? logit * penalty : logit / penalty;
    }
  }
  if (row.generated >= options.min_new_tokens) return;
  for (const auto* list : {&options.eos_token_ids, &options.stop_token_ids}) {
    for (const std::int64_t id : *list) logits[static_cast<std::size_t>(id)] = kExcluded;
  }
}

void warp_logits(std::span<float> logits, const GenerateOptions& options) {
  if (options.temperature != 1.0) {
    const auto temperature = static_cast<float>(options.temperature);
    for (float& logit : logits) logit /= temperature;
  }
  keep_top_k(logits, options.top_k);
  keep_top_p(logits, options.top_p);
}

std::int64_t argmax(std::span<const float> logits) { return std::ranges::max_element(logits) - logits.begin(); }

}  // namespace dppo
