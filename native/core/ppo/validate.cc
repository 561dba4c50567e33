#include "ppo/validate.h"

#include <concepts>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"

namespace dppo {

namespace {

void expect(bool good, const std::string& option, const std::string& expected) {
  if (!good) throw Error(ErrorKind::kConfig, option + ": expected " + expected);
}

// Checks one option against its bounds.
struct BoundsCheck {
  template <typename T>
  void operator()(const char* /*name*/, const T& /*flag_or_choice*/) const {}

  template <std::integral T>
  void operator()(const char* name, T value, const Bounds& bounds) const {
    expect(keeps(bounds, static_cast<double>(value)), name, describe(bounds));
  }

  void operator()(const char* name, double value, const Bounds& bounds) const {
    // "a number of at least 0", but "a number above 0".
    const bool only_min = bounds.min && !bounds.max && !bounds.below;
    expect(keeps(bounds, value), name, (only_min ? "a number of " : "a number ") + describe(bounds));
  }

  template <typename T>
  void operator()(const char* name, const std::optional<T>& value, const Bounds& bounds) const {
    if (value) (*this)(name, *value, bounds);
  }
};

}  // namespace

void validate(const PpoConfig& c, const Policy& policy) {
  expect(policy.value_head.has_value(), "child", "a model loaded with a value head");
  expect(policy.lm->trainable(), "child", "a model loaded as trainable");
  visit_options(c, BoundsCheck());
  // Checked one by one first, because the product of two huge values overflows.
  for (const auto& [name, value] : {std::pair("miniBatchSize", c.mini_batch_size),
                                    std::pair("gradientAccumulationSteps", c.gradient_accumulation_steps)}) {
    expect(value <= c.batch_size, name + (" " + std::to_string(value)),
           "at most batchSize = " + std::to_string(c.batch_size));
  }
  const std::int64_t backward = c.mini_batch_size * c.gradient_accumulation_steps;
  expect(c.batch_size % backward == 0, "batchSize " + std::to_string(c.batch_size),
         "a multiple of miniBatchSize x gradientAccumulationSteps = " + std::to_string(backward));
  const std::int64_t vocabulary = policy.lm->config().vocab_size;
  expect(c.pad_token_id < vocabulary, "padTokenId " + std::to_string(c.pad_token_id),
         "an id below the vocabulary's " + std::to_string(vocabulary));
  expect(c.lr_schedule == Schedule::kConstant || c.total_steps, "totalSteps",
         "at least 1 with lrSchedule " + enum_name(c.lr_schedule));
  expect(!c.clip_once || c.trl_parity, "clipOnce", "trlParity to be set with it");
}

}  // namespace dppo
