// Sizes in whole units.
#pragma once

#include <cstdint>

namespace dppo {

// Returns the smallest multiple of `unit` that is at least `count`.
constexpr std::int64_t round_up(std::int64_t count, std::int64_t unit) { return (count + unit - 1) / unit * unit; }

}  // namespace dppo
