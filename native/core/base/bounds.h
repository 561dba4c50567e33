// Bounds of a number option.
#pragma once

#include <optional>
#include <string>

namespace dppo {

// A bound that is absent does not apply.
struct Bounds {
  std::optional<double> min = std::nullopt;    // value >= min
  std::optional<double> above = std::nullopt;  // value > above
  std::optional<double> max = std::nullopt;    // value <= max
  std::optional<double> below = std::nullopt;  // value < below
};

// Returns whether the value keeps every bound. Only finite numbers do.
bool keeps(const Bounds& bounds, double value);

// Returns the bounds in words: "above 0", "at least 1", "in [0, 1]", "in [0, 1)".
std::string describe(const Bounds& bounds);

}  // namespace dppo
