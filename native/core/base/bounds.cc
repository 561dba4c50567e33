#include "base/bounds.h"

#include <cmath>
#include <sstream>

namespace dppo {

namespace {

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

bool keeps(const Bounds& bounds, double value) {
  return std::isfinite(value) && !(bounds.min && value < *bounds.min) && !(bounds.above && value <= *bounds.above) &&
         !(bounds.max && value > *bounds.max) && !(bounds.below && value >= *bounds.below);
}

std::string describe(const Bounds& bounds) {
  const bool has_lower = bounds.min || bounds.above;
  const bool has_upper = bounds.max || bounds.below;
  if (has_lower && has_upper) {
    const std::string lower = bounds.min ? "[" + text(*bounds.min) : "(" + text(*bounds.above);
    const std::string upper = bounds.max ? text(*bounds.max) + "]" : text(*bounds.below) + ")";
    return "in " + lower + ", " + upper;
  }
  if (bounds.min) return "at least " + text(*bounds.min);
  if (bounds.above) return "above " + text(*bounds.above);
  if (bounds.max) return "at most " + text(*bounds.max);
  return bounds.below ? "below " + text(*bounds.below) : "";
}

}  // namespace dppo
