// Exceptions that say that memory is exhausted. libtorch throws several kinds.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace dppo {

struct ExhaustedMemory {
  bool of_device = false;  // otherwise that of the machine
  std::string text;        // of the allocator; may be empty
};

// Returns what an exception says about exhausted memory; nothing for any other exception.
std::optional<ExhaustedMemory> exhausted_memory(const std::exception_ptr& error);

}  // namespace dppo
