// Sum of squares in float64.
#pragma once

#include "kernel/unit_vector.h"

namespace dppo::kernel::DPPO_UNIT {

typedef double Wide __attribute__((vector_size(DPPO_VECTOR_BYTES)));
typedef float Narrow __attribute__((vector_size(DPPO_VECTOR_BYTES / 2)));

inline double sum_of_squares(const float* x, std::int64_t count) {
  constexpr int kSums = 4;
  constexpr std::int64_t kHalf = kLanes / 2;
  Wide sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums * kHalf <= count; i += kSums * kHalf) {
#pragma GCC unroll 4
    for (int s = 0; s < kSums; ++s) {
      Narrow part;
      std::memcpy(&part, x + i + s * kHalf, sizeof part);
      const Wide wide = __builtin_convertvector(part, Wide);
      sums[s] += wide * wide;
    }
  }
  const Wide lanes = (sums[0] + sums[2]) + (sums[1] + sums[3]);
  double total = 0.0;
  for (std::int64_t lane = 0; lane < kHalf; ++lane) total += lanes[lane];
  for (; i < count; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return total;
}

}  // namespace dppo::kernel::DPPO_UNIT
