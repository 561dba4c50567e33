// Work on libtorch's threads.
#pragma once

#include <c10/util/FunctionRef.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/range.h"

namespace dppo {

// Splits [0, count) into one contiguous range for each thread and calls `body(begin, end)` for each; ranges have at
// least `grain` members unless there is one. at::parallel_for does this only in code compiled with libtorch's own
// OpenMP flags; in other code it runs one thread.
void parallel_for(std::int64_t count, std::int64_t grain,
                  c10::function_ref<void(std::int64_t begin, std::int64_t end)> body);

// Calls `task(i)` for each i in [0, count), side by side as far as there are threads. A single task runs on the
// caller's thread and keeps all of libtorch's threads; of several, each runs on one thread alone. Libtorch's modes
// (gradients, autocast) and the cancel flag are those of the caller; a task opens other scopes, such as
// TrainingKernelsScope, itself. Throws what a task throws, when all have ended.
void parallel_tasks(std::int64_t count, c10::function_ref<void(std::int64_t i)> task);

// As parallel_tasks, with a task for each range: calls `task(i, ranges[i])`.
void parallel_ranges(const std::vector<Range>& ranges, c10::function_ref<void(std::size_t i, const Range& range)> task);

}  // namespace dppo
