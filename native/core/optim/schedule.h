// Learning-rate schedules as factors of the configured rate.
#pragma once

#include <cstdint>
#include <string>

namespace dppo {

enum class Schedule { kConstant, kLinear, kCosine };

// "constant", "linear" or "cosine". Throws Error(kConfig).
Schedule parse_schedule(const std::string& name);

// Factor after `finished` of `total` steps: linear max(0, 1 - s/n), cosine (1 + cos(pi min(1, s/n))) / 2.
double schedule_factor(Schedule schedule, std::int64_t finished, std::int64_t total);

}  // namespace dppo
