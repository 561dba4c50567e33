// Ranges of items, and how work is divided into them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dppo {

// The items from `first` up to but not including `last`.
struct Share {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t size() const { return last - first; }
};

// Returns at most `count` shares of items of the given sizes. They follow each other, cover all items, and hold about
// as much each. None is empty.
std::vector<Share> balanced_shares(std::span<const std::int64_t> sizes, std::int64_t count);

}  // namespace dppo
