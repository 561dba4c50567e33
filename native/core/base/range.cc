#include "base/range.h"

#include <numeric>

namespace dppo {

std::vector<Range> balanced_ranges(std::span<const std::int64_t> sizes, std::int64_t count) {
  const auto items = static_cast<std::int64_t>(sizes.size());
  const std::int64_t total = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  std::vector<Range> ranges;
  std::int64_t first = 0, seen = 0;
  for (std::int64_t item = 0; item < items; ++item) {
    seen += sizes[static_cast<std::size_t>(item)];
    const bool is_last = item + 1 == items;
    const std::int64_t next = is_last ? 0 : sizes[static_cast<std::size_t>(item + 1)];
    const std::int64_t goal = total * static_cast<std::int64_t>(ranges.size() + 1) / count;
    // The next item goes to the range in which its middle lies.
    const bool goes_on = static_cast<std::int64_t>(ranges.size()) + 1 == count || 2 * seen + next < 2 * goal;
    if (!is_last && goes_on) continue;
    ranges.push_back({first, item + 1});
    first = item + 1;
  }
  return ranges;
}

}  // namespace dppo
