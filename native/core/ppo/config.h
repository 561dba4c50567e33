// Options of the PPO trainer; names and defaults are TRL's classic PPOConfig.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dppo {

struct PpoConfig {
  double learning_rate = 1.41e-5;
  bool adap_kl_ctrl = true;
  double init_kl_coef = 0.2;
  std::string kl_penalty = "kl";  // kl | abs | mse | full
  double target = 6.0;            // nats per sequence, adaptive controller
  double horizon = 10000.0;       // samples, adaptive controller
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

  std::string pad_side = "right";  // right | left
  std::int64_t pad_token_id = 0;
  std::string optimizer = "adam";  // adam | adamw
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  std::string lr_schedule = "constant";  // constant | linear | cosine
  std::int64_t total_steps = 0;          // needed by linear and cosine
  bool trl_parity = false;               // follow TRL's oddities
  bool clip_once = false;                // parity only: clip the first optimizer step alone
  bool autocast_bf16 = false;            // bf16 autocast around the models (CUDA); losses stay float32
};

}  // namespace dppo
