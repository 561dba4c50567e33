#include "model/padded_numbers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "base/index_tensor.h"
#include "model/packed_rows.h"

namespace dppo {

PaddedMemory::PaddedMemory(std::int64_t total, c10::Device device)
    : memory_(at::zeros({total}, at::TensorOptions().device(device).dtype(at::kLong))) {}

at::Tensor PaddedMemory::next(std::int64_t count) {
  used_ += count;
  return memory_.narrow(0, used_ - count, count);
}

void PaddedMemory::fill(const std::vector<std::int64_t>& numbers) {
  memory_.copy_(index_tensor(numbers, memory_.device()));
}

void append_padded(std::vector<std::int64_t>& numbers, const std::vector<std::int64_t>& values, std::int64_t size) {
  numbers.insert(numbers.end(), values.begin(), values.end());
  numbers.insert(numbers.end(), static_cast<std::size_t>(size) - values.size(), 0);
}

void append_cumulative_lengths(std::vector<std::int64_t>& numbers, std::span<const std::int64_t> counts,
                               std::int64_t size) {
  const std::vector<std::int64_t> lengths = cumulative_lengths(counts);
  numbers.insert(numbers.end(), lengths.begin(), lengths.end());
  numbers.push_back(size);
}

}  // namespace dppo
