#include "base/parallel.h"

#include <ATen/TensorIterator.h>
#include <ATen/ThreadLocalState.h>
#include <ATen/ops/empty.h>

#include "base/cancel.h"

namespace dppo {

void parallel_for(std::int64_t count, std::int64_t grain,
                  c10::function_ref<void(std::int64_t begin, std::int64_t end)> body) {
  if (count <= grain) return body(0, count);
  // The library's iterator runs a loop over a tensor of `count` bytes on its threads. The addresses tell the range;
  // nothing reads or writes the bytes.
  const at::Tensor bytes = at::empty({count}, at::kByte);
  auto iterator =
      at::TensorIteratorConfig().check_all_same_dtype(false).resize_outputs(false).add_owned_output(bytes).build();
  const char* first = static_cast<const char*>(bytes.const_data_ptr());
  iterator.for_each(
      [&](char** data, const std::int64_t*, std::int64_t size, std::int64_t) {
        const std::int64_t begin = data[0] - first;
        body(begin, begin + size);
      },
      grain);
}

void parallel_tasks(std::int64_t count, c10::function_ref<void(std::int64_t i)> task) {
  const at::ThreadLocalState state;
  const CancelFlag* const flag = current_cancel_flag();
  parallel_for(count, /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
    const at::ThreadLocalStateGuard guard(state);
    const CancelScope scope(flag);
    for (std::int64_t i = begin; i < end; ++i) task(i);
  });
}

void parallel_ranges(const std::vector<Range>& ranges,
                     c10::function_ref<void(std::size_t i, const Range& range)> task) {
  parallel_tasks(static_cast<std::int64_t>(ranges.size()), [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    task(index, ranges[index]);
  });
}

}  // namespace dppo
