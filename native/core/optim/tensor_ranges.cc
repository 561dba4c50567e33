#include "optim/tensor_ranges.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <numeric>

namespace dppo {

namespace {

// Numbers in all tensors above which each tensor keeps all threads busy.
constexpr std::int64_t kMaxNumel = std::int64_t{1} << 24;

}  // namespace

std::vector<Range> tensor_ranges(at::TensorList tensors) {
  std::vector<std::int64_t> sizes;
  for (const at::Tensor& tensor : tensors) sizes.push_back(tensor.numel());
  const bool small = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) <= kMaxNumel;
  const bool divides = small && !tensors.empty() && tensors.front().is_cpu();
  return balanced_ranges(sizes, divides ? at::get_num_threads() : 1);
}

}  // namespace dppo
