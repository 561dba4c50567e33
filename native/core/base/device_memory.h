// The memory of GPUs as libtorch's allocator manages it. Builds without the headers of CUDA know nothing of it.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>

namespace dppo {

// Returns the most bytes that libtorch's allocator has reserved of the device (torch.cuda.max_memory_reserved); nothing
// for a CPU.
std::optional<std::int64_t> peak_device_memory(c10::Device device);

// Gives the memory of freed tensors back to all devices, for libraries that take memory of their own.
void release_device_memory();

}  // namespace dppo
