// Batches that are computed in parts after memory was exhausted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>

#include "base/device_memory.h"
#include "base/exhausted_memory.h"
#include "base/range.h"

namespace dppo {

// Calls visit(part) for at most `parts` ranges that make up `whole`, equally long except the last, none empty.
template <typename Visit>
void for_each_part(Range whole, std::int64_t parts, Visit visit) {
  const std::int64_t size = (whole.size() + parts - 1) / parts;
  for (std::int64_t first = whole.begin; first < whole.end; first += size) {
    visit(Range{first, std::min(first + size, whole.end)});
  }
}

// Runs `work` until it succeeds, and returns its result. When memory is exhausted, calls `clear` with the error. It
// undoes what the failed attempt added and returns whether it freed other memory, or throws the error again if this
// cannot be undone. If nothing was freed, the next attempt has twice as many parts, up to `most`; with `most` parts,
// the error is thrown. Later calls keep that number. `work` must not wait for other processes, which would be past the
// reductions of the failed attempt.
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
    const bool freed = clear(failure);
    release_device_memory();
    if (freed) continue;
    if (parts >= most) std::rethrow_exception(failure);
    parts = std::min(2 * parts, most);
  }
}

}  // namespace dppo
