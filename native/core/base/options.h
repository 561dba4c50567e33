// Options of a configuration as a list that is written once. visit_options(config, visit), beside each configuration,
// calls visit(name, member) or visit(name, member, bounds) for every option, in the order of the members. Reading from
// JavaScript, the checks of ranges and the list of PPO's options follow from it.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>

#include "base/bounds.h"
#include "base/error.h"

namespace dppo {

// What the first argument of a visit_options is: a configuration or a const one.
template <typename T, typename Config>
concept OptionsOf = std::same_as<std::remove_const_t<T>, Config>;

// Throws Error(kConfig) that names the option and what was expected, unless `good`.
inline void expect_option(bool good, const std::string& option, const std::string& expected) {
  if (!good) throw Error(ErrorKind::kConfig, option + ": expected " + expected);
}

// Visits options and checks each against its bounds.
struct BoundsCheck {
  template <typename T>
  void operator()(const char* /*name*/, const T& /*flag_or_choice*/) const {}

  template <std::integral T>
  void operator()(const char* name, T value, const Bounds& bounds) const {
    expect_option(keeps(bounds, static_cast<double>(value)), name, describe(bounds));
  }

  void operator()(const char* name, double value, const Bounds& bounds) const {
    // "a number of at least 0", but "a number above 0".
    const bool only_min = bounds.min && !bounds.max && !bounds.below;
    expect_option(keeps(bounds, value), name, (only_min ? "a number of " : "a number ") + describe(bounds));
  }

  template <typename T>
  void operator()(const char* name, const std::optional<T>& value, const Bounds& bounds) const {
    if (value) (*this)(name, *value, bounds);
  }
};

}  // namespace dppo
