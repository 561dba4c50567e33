// Reuse of the machine's memory between the tensors of one job.
#pragma once

#include <cstddef>

namespace dppo {

// While a scope is open, on any thread, memory of large tensors that are freed serves the next tensors of about that
// size. Fresh memory costs a page fault for each 4 KiB: without reuse, these take a sixth of a PPO step with
// minibatches of one row. No more is cached than the scope's tensors took at their peak, and the last scope to close
// frees everything. Tensors may outlive the scope.
class MemoryReuseScope {
 public:
  MemoryReuseScope();
  ~MemoryReuseScope();
  MemoryReuseScope(const MemoryReuseScope&) = delete;
  MemoryReuseScope& operator=(const MemoryReuseScope&) = delete;
};

// Returns the bytes that are cached for reuse at the moment.
std::size_t cached_memory();

}  // namespace dppo
