#include "ppo/rewards.h"

#include <ATen/TensorIndexing.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace dppo {

void RunningMoments::update(const std::vector<float>& batch) {
  const auto n = static_cast<double>(batch.size());
  double batch_mean = 0.0;
  for (const float score : batch) batch_mean += score / n;
  double batch_var = 0.0;
  for (const float score : batch) batch_var += (score - batch_mean) * (score - batch_mean) / n;
  const double delta = batch_mean - mean;
  const double total = count + n;
  var = (var * count + delta * delta * count * n / total + batch_var * n) / total;
  mean += delta * n / total;
  // A single score has no sample deviation; the initial value stays.
  if (total > 1.0) std = std::sqrt(var * total / (total - 1.0));
  count = total;
}

at::Tensor kl_of_samples(KlPenalty penalty, const at::Tensor& log_probs, const at::Tensor& reference) {
  const at::Tensor difference = log_probs - reference;
  if (penalty == KlPenalty::kAbs) return difference.abs();
  if (penalty == KlPenalty::kMse) return 0.5 * difference.square();
  return difference;
}

at::Tensor kl_of_logits(const at::Tensor& logits, const at::Tensor& reference) {
  const at::Tensor p = logits.to(at::kFloat).log_softmax(/*dim=*/-1);
  const at::Tensor q = reference.to(at::kFloat).log_softmax(/*dim=*/-1);
  return (p.exp() * (p - q)).sum(/*dim=*/-1);
}

std::vector<float> prepare_scores(const std::vector<float>& scores, const PpoConfig& config, RunningMoments& moments) {
  std::vector<float> result = scores;
  if (config.use_score_scaling) {
    moments.update(scores);
    const double scale = moments.std + std::numeric_limits<float>::epsilon();
    const double shift = config.use_score_norm ? moments.mean : 0.0;
    for (float& score : result) score = static_cast<float>((score - shift) / scale);
  }
  if (config.score_clip) {
    const auto limit = static_cast<float>(*config.score_clip);
    for (float& score : result) score = std::clamp(score, -limit, limit);
  }
  return result;
}

TokenRewards token_rewards(const at::Tensor& kl, const std::vector<float>& scores, const at::Tensor& mask,
                           double kl_coef) {
  const at::Tensor non_score = -kl_coef * kl;
  const at::Tensor total = non_score.clone();
  const at::Tensor columns = at::arange(mask.size(1), mask.options().dtype(at::kLong));
  const at::Tensor last = at::where(mask > 0, columns, at::full_like(columns, -1)).amax(/*dim=*/1);  // (B)
  const at::Tensor rows = at::arange(mask.size(0), last.options());
  const at::Tensor values = at::tensor(scores).to(total.options());
  total.index_put_({rows, last}, values, /*accumulate=*/true);
  return {total, non_score};
}

}  // namespace dppo
