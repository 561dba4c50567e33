#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace dppo {

Schedule parse_schedule(const std::string& name) {
  if (name == "constant") return Schedule::kConstant;
  if (name == "linear") return Schedule::kLinear;
  if (name == "cosine") return Schedule::kCosine;
  throw Error(ErrorKind::kConfig, "lrSchedule \"" + name + "\": expected constant, linear or cosine");
}

double schedule_factor(Schedule schedule, std::int64_t finished, std::int64_t total) {
  if (schedule == Schedule::kConstant) return 1.0;
  const double share = std::min(1.0, static_cast<double>(finished) / static_cast<double>(total));
  return schedule == Schedule::kLinear ? 1.0 - share : 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

}  // namespace dppo
