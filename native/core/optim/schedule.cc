#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dppo {

double learning_rate(const LearningRatePlan& plan, std::int64_t finished) {
  const auto done = static_cast<double>(finished);
  const auto warmup = static_cast<double>(plan.warmup_steps);
  if (done < warmup) return plan.peak * (done + 1.0) / warmup;
  if (plan.schedule == Schedule::kConstant || !plan.total_steps) return plan.peak;
  const double decay_steps = std::max(1.0, static_cast<double>(*plan.total_steps) - warmup);
  const double x = std::min(1.0, (done - warmup) / decay_steps);
  const double range = 1.0 - plan.min_factor;
  const double decayed =
      plan.schedule == Schedule::kLinear ? range * (1.0 - x) : range * 0.5 * (1.0 + std::cos(std::numbers::pi * x));
  return plan.peak * (plan.min_factor + decayed);
}

}  // namespace dppo
