// A part of a list.
#pragma once

#include <cstdint>

namespace dppo {

// The items from `first` up to but not including `last`.
struct Share {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t size() const { return last - first; }
};

}  // namespace dppo
