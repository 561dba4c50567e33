// Scores and the KL penalty as one reward a token. Letters: B rows, T padded length, V vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

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

// Returns the penalty (B, T-1) from log-probabilities of the sampled tokens, for every kind but kFull.
at::Tensor kl_of_samples(KlPenalty penalty, const at::Tensor& log_probs, const at::Tensor& reference);

// Returns sum_v p(v) (log p(v) - log q(v)) of two logits (..., V), in float32.
at::Tensor kl_of_logits(const at::Tensor& logits, const at::Tensor& reference);

// Returns the scores after scaling by the running moments, normalisation and clipping, as configured. `moments` is
// updated first.
std::vector<float> prepare_scores(const std::vector<float>& scores, const PpoConfig& config, RunningMoments& moments);

struct TokenRewards {
  at::Tensor total;      // (B, T-1): non_score, plus the score at the last position of the mask
  at::Tensor non_score;  // (B, T-1): -kl_coef * kl
};

// Returns the rewards from the penalty (B, T-1), a score for each row (B) and the mask (B, T-1), of which each row has
// at least one position.
TokenRewards token_rewards(const at::Tensor& kl, const std::vector<float>& scores, const at::Tensor& mask,
                           double kl_coef);

}  // namespace dppo
