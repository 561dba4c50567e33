// Ranges of items, and how work is divided into them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dppo {

// The items [begin, end).
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

// Divides items of the given sizes into at most `count` ranges of about the same total size. The ranges follow each
// other and cover all items. None is empty.
std::vector<Range> balanced_ranges(std::span<const std::int64_t> sizes, std::int64_t count);

}  // namespace dppo
