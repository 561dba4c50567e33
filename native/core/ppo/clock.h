// Seconds of the parts of a step.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace dppo {

class StepClock {
 public:
  // The time since the last lap, under `name`.
  void lap(const std::string& name) {
    const auto now = Clock::now();
    laps_.emplace_back(name, std::chrono::duration<double>(now - last_).count());
    last_ = now;
  }

  // The last part, the total, and all of them into `stats`.
  void finish(const std::string& name, std::vector<std::pair<std::string, double>>& stats) {
    lap(name);
    laps_.emplace_back("time/ppo/total", std::chrono::duration<double>(last_ - start_).count());
    stats.insert(stats.end(), laps_.begin(), laps_.end());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::vector<std::pair<std::string, double>> laps_;
};

}  // namespace dppo
