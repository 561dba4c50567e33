// Attention of one new token of each row over a cache of keys and values, whose rows have their own lengths.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "kernel/level.h"

namespace dppo::kernel {

// A cache and the rows of it that take part.
struct CacheView {
  const at::Tensor& keys;               // (slots, key heads, capacity, head size) float32, contiguous, on the CPU
  const at::Tensor& values;             // the same sizes
  std::span<const std::int64_t> slots;  // for each row of the batch: its place in the first dimension
  std::span<const std::int64_t>
      lengths;  // for each row: number of tokens in the cache, the new one included; at least 1
};

// Returns softmax(scale q k^T) v as (rows, heads * head size) for q (rows, heads, head size), float32, contiguous, on
// the CPU. `heads` is a multiple of the number of key heads; neighbouring heads share a key head. `window` 0 shows all
// keys of a row; another one shows the last `window` only. A row's bits depend on neither the other rows nor the number
// of threads. Throws Error(kShape) for sizes, types, slots or lengths that do not fit.
at::Tensor cached_attention(const at::Tensor& q, const CacheView& cache, std::int64_t window, double scale,
                            const Kernels& kernels = best_kernels());

}  // namespace dppo::kernel
