// A flag that one thread raises and long loops poll between tokens, layers and minibatches.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/error.h"

namespace dppo {

class CancelFlag {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }
  // Throws Error(kAborted) once requested.
  void check() const {
    if (requested()) throw Error(ErrorKind::kAborted, "the operation was aborted");
  }

 private:
  std::atomic<bool> requested_{false};
};

// While a scope is open on a thread, its flag ends everything slow that the thread computes: layers, products, reading.
class CancelScope {
 public:
  explicit CancelScope(const CancelFlag& flag) : CancelScope(&flag) {}
  explicit CancelScope(const CancelFlag* flag);  // nullptr: nothing ends it
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  const CancelFlag* previous_;
};

// Returns the flag of the innermost scope on this thread, nullptr outside.
const CancelFlag* current_cancel_flag() noexcept;

// Throws Error(kAborted) when the current flag is raised.
void check_cancelled();

// The most multiplications of a matrix product between two looks at the flag, less than a second on two cores.
constexpr std::int64_t kMultiplicationsPerCheck = std::int64_t{1} << 35;

}  // namespace dppo
