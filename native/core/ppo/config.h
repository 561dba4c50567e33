// Options of the PPO trainer. Names and defaults are those of TRL's classic PPOConfig; the last group is ours.
#pragma once

#include <cstdint>
#include <optional>

#include "base/names.h"
#include "base/options.h"
#include "model/token_rows.h"
#include "optim/schedule.h"

namespace dppo {

// Estimators of the KL divergence by token (Schulman 2020, "Approximating KL divergence"); kFull sums over the
// vocabulary.
enum class KlPenalty { kKl, kAbs, kMse, kFull };

template <>
struct EnumNames<KlPenalty> {
  static constexpr NamedValue<KlPenalty> kAll[] = {
      {"kl", KlPenalty::kKl}, {"abs", KlPenalty::kAbs}, {"mse", KlPenalty::kMse}, {"full", KlPenalty::kFull}};
};

enum class Optimizer { kAdam, kAdamW };

template <>
struct EnumNames<Optimizer> {
  static constexpr NamedValue<Optimizer> kAll[] = {{"adam", Optimizer::kAdam}, {"adamw", Optimizer::kAdamW}};
};

// An option is a member and its line in visit_options.
struct PpoConfig {
  double learning_rate = 1.41e-5;
  bool adap_kl_ctrl = true;
  double init_kl_coef = 0.2;
  KlPenalty kl_penalty = KlPenalty::kKl;
  double target = 6.0;       // nats per sequence, adaptive controller
  double horizon = 10000.0;  // samples, adaptive controller
  double gamma = 1.0;
  double lam = 0.95;
  double cliprange = 0.2;
  double cliprange_value = 0.2;
  double vf_coef = 0.1;
  std::int64_t batch_size = 128;
  std::int64_t mini_batch_size = 128;
  std::int64_t gradient_accumulation_steps = 1;
  std::int64_t ppo_epochs = 4;
  std::optional<double> max_grad_norm;
  bool early_stopping = false;
  double target_kl = 1.0;  // epochs stop when policykl of the last minibatch exceeds 1.5 times this
  double ratio_threshold = 10.0;
  bool use_score_scaling = false;
  bool use_score_norm = false;
  std::optional<double> score_clip;
  bool whiten_rewards = false;
  std::uint64_t seed = 0;

  double ptx_coef = 0.0;  // weight of the next-token loss on the batch's ptx_rows (InstructGPT's PPO-ptx)
  PadSide pad_side = PadSide::kRight;
  std::int64_t pad_token_id = 0;  // checked, but read nowhere: rows are packed, and captured passes pad with id 0
  Optimizer optimizer = Optimizer::kAdam;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  Schedule lr_schedule = Schedule::kConstant;
  std::optional<std::int64_t> total_steps;  // required by linear and cosine
  bool trl_parity = false;                  // follow TRL's oddities
  bool clip_once = false;                   // parity only: clip the first optimizer step alone
  bool autocast_bf16 = false;               // bf16 autocast around the models (CUDA); losses stay float32

  std::int64_t minibatches() const { return batch_size / mini_batch_size; }  // of an epoch
};

// As base/options.h says. Rules between options are checked by validate().
template <OptionsOf<PpoConfig> Config, typename Visitor>
void visit_options(Config& config, Visitor&& visit) {
  const Bounds positive{.above = 0};
  const Bounds not_negative{.min = 0};
  const Bounds at_least_one{.min = 1};
  visit("learningRate", config.learning_rate, positive);
  visit("adapKlCtrl", config.adap_kl_ctrl);
  visit("initKlCoef", config.init_kl_coef, not_negative);
  visit("klPenalty", config.kl_penalty);
  visit("target", config.target, positive);
  visit("horizon", config.horizon, positive);
  visit("gamma", config.gamma, Bounds{.min = 0, .max = 1});
  visit("lam", config.lam, Bounds{.min = 0, .max = 1});
  visit("cliprange", config.cliprange, positive);
  visit("cliprangeValue", config.cliprange_value, positive);
  visit("vfCoef", config.vf_coef, not_negative);
  visit("batchSize", config.batch_size, at_least_one);
  visit("miniBatchSize", config.mini_batch_size, at_least_one);
  visit("gradientAccumulationSteps", config.gradient_accumulation_steps, at_least_one);
  visit("ppoEpochs", config.ppo_epochs, at_least_one);
  visit("maxGradNorm", config.max_grad_norm, positive);
  visit("earlyStopping", config.early_stopping);
  visit("targetKl", config.target_kl, positive);
  visit("ratioThreshold", config.ratio_threshold, positive);
  visit("useScoreScaling", config.use_score_scaling);
  visit("useScoreNorm", config.use_score_norm);
  visit("scoreClip", config.score_clip, positive);
  visit("whitenRewards", config.whiten_rewards);
  visit("seed", config.seed, not_negative);
  visit("ptxCoef", config.ptx_coef, not_negative);
  visit("padSide", config.pad_side);
  visit("padTokenId", config.pad_token_id, not_negative);
  visit("optimizer", config.optimizer);
  visit("beta1", config.beta1, Bounds{.min = 0, .below = 1});
  visit("beta2", config.beta2, Bounds{.min = 0, .below = 1});
  visit("eps", config.eps, positive);
  visit("weightDecay", config.weight_decay, not_negative);
  visit("lrSchedule", config.lr_schedule);
  visit("totalSteps", config.total_steps, at_least_one);
  visit("trlParity", config.trl_parity);
  visit("clipOnce", config.clip_once);
  visit("autocastBf16", config.autocast_bf16);
}

}  // namespace dppo
