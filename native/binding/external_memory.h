// Memory outside JavaScript's heap that a JavaScript object holds.
#pragma once

#include <atomic>
#include <cstdint>

#include "binding/napi_setup.h"

namespace dppo {

// Tells the garbage collector how much an object holds: it sees only a small object and would let many of them live.
class ExternalMemory {
 public:
  // Returns the bytes that all objects of the process hold.
  static std::int64_t in_use() { return total().load(); }

  std::int64_t bytes() const { return bytes_; }

  // Replaces what the object holds by `bytes`.
  void set(Napi::Env env, std::int64_t bytes) {
    const std::int64_t change = bytes - bytes_;
    if (change == 0) return;
    bytes_ = bytes;
    total() += change;
    Napi::MemoryManagement::AdjustExternalMemory(env, change);
  }

 private:
  static std::atomic<std::int64_t>& total() {
    static std::atomic<std::int64_t> bytes{0};
    return bytes;
  }

  std::int64_t bytes_ = 0;
};

}  // namespace dppo
