#include "base/device_memory.h"

#ifdef DPPO_WITH_CUDA_RUNTIME
#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace dppo {

#ifdef DPPO_WITH_CUDA_RUNTIME

std::optional<std::int64_t> peak_device_memory(c10::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  // The first entry is the sum over all kinds of memory.
  return stats.reserved_bytes[0].peak;
}

void release_device_memory() {
  if (at::hasCUDA()) c10::cuda::CUDACachingAllocator::emptyCache();
}

#else

std::optional<std::int64_t> peak_device_memory(c10::Device /*device*/) { return std::nullopt; }

void release_device_memory() {}

#endif

}  // namespace dppo
