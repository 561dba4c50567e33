// Tensors of int64 numbers that fill fixed sizes, one after the other in one memory, so that one copy fills them all.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace dppo {

// The memory of the tensors.
class PaddedMemory {
 public:
  PaddedMemory(std::int64_t total, c10::Device device);

  // Returns the tensor (count) after the last one.
  at::Tensor next(std::int64_t count);

  // Takes all numbers, in the order of the tensors.
  void fill(const std::vector<std::int64_t>& numbers);

 private:
  at::Tensor memory_;
  std::int64_t used_ = 0;
};

// Appends `values` and zeros up to `size` numbers.
void append_padded(std::vector<std::int64_t>& numbers, const std::vector<std::int64_t>& values, std::int64_t size);

// Appends the cumulative lengths of rows of `counts` tokens and of the row of pads after them, up to `size`.
void append_cumulative_lengths(std::vector<std::int64_t>& numbers, std::span<const std::int64_t> counts,
                               std::int64_t size);

}  // namespace dppo
