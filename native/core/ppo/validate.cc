#include "ppo/validate.h"

#include <limits>
#include <string>
#include <utility>

#include "base/options.h"

namespace dppo {

void validate(const PpoConfig& c, const Policy& policy) {
  expect_option(policy.value_head.has_value(), "child", "a model loaded with a value head");
  expect_option(policy.lm->trainable(), "child", "a model loaded as trainable");
  visit_options(c, BoundsCheck());
  for (const auto& [name, value] : {std::pair("miniBatchSize", c.mini_batch_size),
                                    std::pair("gradientAccumulationSteps", c.gradient_accumulation_steps)}) {
    expect_option(value <= c.batch_size, name + (" " + std::to_string(value)),
                  "at most batchSize = " + std::to_string(c.batch_size));
  }
  // Without the product of the two, which can overflow.
  const bool divides = c.batch_size % c.mini_batch_size == 0 && c.minibatches() % c.gradient_accumulation_steps == 0;
  expect_option(divides, "batchSize " + std::to_string(c.batch_size),
                "a multiple of miniBatchSize x gradientAccumulationSteps = " + std::to_string(c.mini_batch_size) +
                    " x " + std::to_string(c.gradient_accumulation_steps));
  expect_option(c.ppo_epochs <= std::numeric_limits<std::int64_t>::max() / c.batch_size,
                "ppoEpochs " + std::to_string(c.ppo_epochs), "fewer epochs");
  const std::int64_t vocabulary = policy.lm->config().vocab_size;
  expect_option(c.pad_token_id < vocabulary, "padTokenId " + std::to_string(c.pad_token_id),
                "an id below the vocabulary's " + std::to_string(vocabulary));
  expect_option(c.lr_schedule == Schedule::kConstant || c.total_steps, "totalSteps",
                "at least 1 with lrSchedule " + enum_name(c.lr_schedule));
  expect_option(!c.clip_once || c.trl_parity, "clipOnce", "trlParity to be set with it");
}

void validate_reference(const Policy& policy, const Policy& reference) {
  const ModelConfig& own = policy.lm->config();
  const ModelConfig& other = reference.lm->config();
  expect_option(other.vocab_size == own.vocab_size, "reference",
                "a model with the child's vocabulary of " + std::to_string(own.vocab_size) + ", not " +
                    std::to_string(other.vocab_size));
  expect_option(other.max_positions >= own.max_positions, "reference",
                "a model with at least the child's " + std::to_string(own.max_positions) + " positions, not " +
                    std::to_string(other.max_positions));
  expect_option(reference.lm->device() == policy.lm->device(), "reference", "a model on the child's device");
}

}  // namespace dppo
