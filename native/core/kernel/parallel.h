// Loops on libtorch's threads.
#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace dppo::kernel {

// Splits [0, count) into one contiguous range for each thread and calls `body(begin, end)` for each; ranges have at
// least `grain` members unless there is one. at::parallel_for does this only in code compiled with libtorch's own
// OpenMP flags; in other code it runs one thread.
void parallel_ranges(std::int64_t count, std::int64_t grain,
                     c10::function_ref<void(std::int64_t begin, std::int64_t end)> body);

}  // namespace dppo::kernel
