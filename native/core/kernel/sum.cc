#include "kernel/sum.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"

namespace dppo::kernel {

double sum_of_squares(const at::Tensor& tensor, const Kernels& kernels) {
  if (!tensor.is_cpu() || !tensor.is_contiguous() || tensor.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kShape, "sum_of_squares: the tensor must be contiguous, float32 and on the CPU");
  }
  // Each chunk has its own sum, so that the number of threads does not change the order.
  constexpr std::int64_t kChunk = 1 << 14;
  const std::int64_t size = tensor.numel();
  const float* x = tensor.const_data_ptr<float>();
  std::vector<double> sums(static_cast<std::size_t>((size + kChunk - 1) / kChunk));
  parallel_for(static_cast<std::int64_t>(sums.size()), /*grain=*/8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t first = chunk * kChunk;
      sums[static_cast<std::size_t>(chunk)] = kernels.sum_of_squares(x + first, std::min(kChunk, size - first));
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace dppo::kernel
