#include "ppo/validate.h"

#include <string>

#include "base/error.h"
#include "optim/schedule.h"
#include "ppo/rewards.h"

namespace dppo {

namespace {

void expect(bool good, const std::string& option, const std::string& expected) {
  if (!good) throw Error(ErrorKind::kConfig, option + ": expected " + expected);
}

}  // namespace

void validate(const PpoConfig& c, const Policy& policy) {
  expect(policy.value_head.has_value(), "child", "a model loaded with a value head");
  expect(policy.lm->parameters().front().second.requires_grad(), "child", "a model loaded as trainable");
  expect(c.learning_rate > 0, "learningRate", "a number above 0");
  expect(c.init_kl_coef >= 0, "initKlCoef", "a number of at least 0");
  expect(c.target > 0, "target", "a number above 0");
  expect(c.horizon > 0, "horizon", "a number above 0");
  expect(c.gamma >= 0 && c.gamma <= 1, "gamma", "a number in [0, 1]");
  expect(c.lam >= 0 && c.lam <= 1, "lam", "a number in [0, 1]");
  expect(c.cliprange > 0, "cliprange", "a number above 0");
  expect(c.cliprange_value > 0, "cliprangeValue", "a number above 0");
  expect(c.vf_coef >= 0, "vfCoef", "a number of at least 0");
  expect(c.batch_size >= 1, "batchSize", "at least 1");
  expect(c.mini_batch_size >= 1, "miniBatchSize", "at least 1");
  expect(c.gradient_accumulation_steps >= 1, "gradientAccumulationSteps", "at least 1");
  expect(c.ppo_epochs >= 1, "ppoEpochs", "at least 1");
  const std::int64_t backward = c.mini_batch_size * c.gradient_accumulation_steps;
  expect(c.batch_size % backward == 0, "batchSize " + std::to_string(c.batch_size),
         "a multiple of miniBatchSize x gradientAccumulationSteps = " + std::to_string(backward));
  expect(!c.max_grad_norm || *c.max_grad_norm > 0, "maxGradNorm", "a number above 0");
  expect(!c.score_clip || *c.score_clip > 0, "scoreClip", "a number above 0");
  expect(c.target_kl > 0, "targetKl", "a number above 0");
  expect(c.ratio_threshold > 0, "ratioThreshold", "a number above 0");
  expect(c.pad_side == "right" || c.pad_side == "left", "padSide \"" + c.pad_side + "\"", "right or left");
  const std::int64_t vocabulary = policy.lm->config().vocab_size;
  expect(c.pad_token_id >= 0 && c.pad_token_id < vocabulary, "padTokenId " + std::to_string(c.pad_token_id),
         "an id below the vocabulary's " + std::to_string(vocabulary));
  expect(c.optimizer == "adam" || c.optimizer == "adamw", "optimizer \"" + c.optimizer + "\"", "adam or adamw");
  expect(c.beta1 >= 0 && c.beta1 < 1 && c.beta2 >= 0 && c.beta2 < 1, "betas", "two numbers in [0, 1)");
  expect(c.eps > 0, "eps", "a number above 0");
  expect(c.weight_decay >= 0, "weightDecay", "a number of at least 0");
  const Schedule schedule = parse_schedule(c.lr_schedule);
  expect(schedule == Schedule::kConstant || c.total_steps >= 1, "totalSteps",
         "at least 1 with lrSchedule " + c.lr_schedule);
  expect(!c.clip_once || c.trl_parity, "clipOnce", "trlParity to be set with it");
  parse_kl_penalty(c.kl_penalty);
}

}  // namespace dppo
