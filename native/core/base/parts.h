// Batches that are computed in parts after memory was exhausted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>

#include "base/device_memory.h"
#include "base/memory.h"

namespace dppo {

// Calls visit(first, count) for at most `parts` ranges of `total` rows, equally long except the last, none empty.
template <typename Visit>
void for_each_part(std::int64_t total, std::int64_t parts, Visit visit) {
  const std::int64_t size = (total + parts - 1) / parts;
  for (std::int64_t first = 0; first < total; first += size) visit(first, std::min(size, total - first));
}

// Runs `work`, and once more with `parts` doubled each time that memory is exhausted, until there are `most`. What a
// failed attempt held is free by then; `clear` undoes what it has added. The parts stay small for later steps. With
// several processes `most` must be 1, because the others are past the reductions of the failed attempt.
template <typename Work, typename Clear>
auto within_memory(std::int64_t& parts, std::int64_t most, Work work, Clear clear) -> decltype(work()) {
  for (;;) {
    try {
      return work();
    } catch (...) {
      if (parts >= most || !exhausted_memory(std::current_exception())) throw;
    }
    parts = std::min(2 * parts, most);
    clear();
    release_device_memory();
  }
}

}  // namespace dppo
