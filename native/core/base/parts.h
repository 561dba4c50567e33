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

// Runs `work`, and again each time that memory is exhausted. `clear` undoes what the failed attempt has added, whose
// own memory is free by then, and returns whether it has freed other memory: then the next attempt has as many parts,
// and else twice as many, until there are `most`. The parts stay small for later steps. `work` must not wait for other
// processes, which would be past the reductions of the failed attempt.
template <typename Work, typename Clear>
auto within_memory(std::int64_t& parts, std::int64_t most, Work work, Clear clear) -> decltype(work()) {
  for (;;) {
    std::exception_ptr failure;
    try {
      return work();
    } catch (...) {
      if (!exhausted_memory(std::current_exception())) throw;
      failure = std::current_exception();
    }
    const bool freed = clear();
    release_device_memory();
    if (freed) continue;
    if (parts >= most) std::rethrow_exception(failure);
    parts = std::min(2 * parts, most);
  }
}

}  // namespace dppo
