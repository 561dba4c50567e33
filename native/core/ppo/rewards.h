// Scores and the KL penalty as one reward a token. Letters: B rows, T padded length, V vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "ppo/config.h"

namespace dppo {

// Running moments of the scores (Chan et al. 1979), as TRL keeps them.
struct RunningMoments {
  double mean = 0.0;
  double std = 1.0;
  double var = 1.0;
  double count = 1e-24;

  void update(const std::vector<float>& batch);
};

enum class KlPenalty { kKl, kAbs, kMse, kFull };

// "kl", "abs", "mse" or "full". Throws Error(kConfig).
KlPenalty parse_kl_penalty(const std::string& name);

// Penalty (B, T-1) from log-probabilities of the sampled tokens; not for kFull. Schulman 2020 names the estimators.
at::Tensor kl_of_samples(KlPenalty penalty, const at::Tensor& log_probs, const at::Tensor& reference);

// sum_v p(v) (log p(v) - log q(v)) of two logits (..., V), in float32.
at::Tensor kl_of_logits(const at::Tensor& logits, const at::Tensor& reference);

// Scaling by the running moments, normalisation and clipping, as configured; `moments` is updated first.
std::vector<float> prepared_scores(const std::vector<float>& scores, const PpoConfig& config, RunningMoments& moments);

struct TokenRewards {
  at::Tensor total;      // (B, T-1): non_score, plus the score at the last counted position
  at::Tensor non_score;  // (B, T-1): -kl_coef * kl
};

TokenRewards token_rewards(const at::Tensor& kl, const std::vector<float>& scores, const at::Tensor& mask,
                           double kl_coef);

}  // namespace dppo
