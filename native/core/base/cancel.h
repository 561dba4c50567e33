// A flag that one thread raises and long loops poll between tokens and minibatches.
#pragma once

#include <atomic>

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

}  // namespace dppo
