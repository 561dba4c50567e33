// Learning-rate schedules: an optional linear warm-up, then constant, linear decay or cosine decay
// (Loshchilov & Hutter 2017, without restarts).
#pragma once

#include <cstdint>
#include <optional>

#include "base/names.h"

namespace dppo {

enum class Schedule { kConstant, kLinear, kCosine };

template <>
struct EnumNames<Schedule> {
  static constexpr NamedValue<Schedule> kAll[] = {
      {"constant", Schedule::kConstant}, {"linear", Schedule::kLinear}, {"cosine", Schedule::kCosine}};
};

struct LearningRatePlan {
  Schedule schedule = Schedule::kConstant;
  double peak = 0.0;                        // rate at the end of the warm-up
  std::int64_t warmup_steps = 0;            // step s of these has the rate peak * (s + 1) / warmup_steps
  std::optional<std::int64_t> total_steps;  // while it is unknown, the rate stays at its peak after the warm-up
  double min_factor = 0.0;                  // fraction of the peak that is left at the end
};

// Returns the rate of the next step after `finished` steps. With x = (finished - warmup) / (total - warmup), at most 1,
// the fraction of the decay that remains is 1 - x (linear) or (1 + cos(pi x)) / 2 (cosine).
double learning_rate(const LearningRatePlan& plan, std::int64_t finished);

}  // namespace dppo
