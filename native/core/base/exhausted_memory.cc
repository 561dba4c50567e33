#include "base/exhausted_memory.h"

#include <c10/util/Exception.h>

#include <new>

namespace dppo {

namespace {

// libtorch has no exception of its own for the machine's memory, only for that of devices.
bool is_allocator_error(const std::string& text) {
  return text.find("DefaultCPUAllocator") != std::string::npos ||
         text.find("not enough memory: you tried to allocate") != std::string::npos;
}

// The libraries of CUDA take memory of their own.
bool is_library_error(const std::string& text) {
  return text.find("CUBLAS_STATUS_ALLOC_FAILED") != std::string::npos ||
         text.find("CUDNN_STATUS_ALLOC_FAILED") != std::string::npos ||
         text.find("CUDA error: out of memory") != std::string::npos;
}

}  // namespace

std::optional<ExhaustedMemory> exhausted_memory(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const c10::OutOfMemoryError& memory) {
    return ExhaustedMemory{true, memory.what_without_backtrace()};
  } catch (const c10::Error& torch) {
    const std::string text = torch.what_without_backtrace();
    if (is_allocator_error(text)) return ExhaustedMemory{false, text};
    if (is_library_error(text)) return ExhaustedMemory{true, text};
  } catch (const std::bad_alloc&) {
    return ExhaustedMemory{};
  } catch (...) {
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace dppo
