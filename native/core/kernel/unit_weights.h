// Unnormalized probabilities of logits in float64.
#pragma once

#include "kernel/unit_sum.h"
#include "kernel/unit_vector.h"

namespace dppo::kernel::DPPO_UNIT {

typedef std::uint64_t LongWords __attribute__((vector_size(DPPO_VECTOR_BYTES)));

DPPO_INLINE Wide fill_wide(double value) { return value - Wide{}; }

// Returns e^x with a relative error below 1e-15, for x <= 0; below -708 it is 0. NaN stays NaN.
DPPO_INLINE Wide exponential_wide(Wide x) {
  // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^52 rounds to an integer, which then stands in the low bits.
  const Wide rounding = fill_wide(0x1.8p52);
  const Wide shifted = x * fill_wide(0x1.71547652b82fep0) + rounding;
  const Wide n = shifted - rounding;
  const Wide r = x - n * fill_wide(0x1.62e42feep-1) - n * fill_wide(0x1.a39ef35793c76p-33);
  // Taylor series up to r^13 / 13!.
  Wide p = fill_wide(1.0 / 6227020800.0);
  constexpr double kFactorials[] = {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0,
                                    120.0,       24.0,       6.0,       2.0,      1.0,     1.0};
#pragma GCC unroll 13
  for (int k = 0; k < 13; ++k) p = p * r + fill_wide(1.0 / kFactorials[k]);
  const LongWords exponent = ((LongWords)shifted - (LongWords)rounding + 1023u) << 52;
  const Wide result = p * (Wide)exponent;
  return (Wide)((LongWords)result & ~(LongWords)(x < fill_wide(-708.0)));
}

// Writes e^(logit - top) and returns the sum of these.
inline double exponential_weights(const float* logits, std::int64_t count, double top, double* weights) {
  constexpr std::int64_t kHalf = kLanes / 2;
  Wide sum = {};
  for (std::int64_t i = 0; i < count; i += kHalf) {
    const std::int64_t left = count - i < kHalf ? count - i : kHalf;
    Narrow part = Narrow{} - __builtin_inff();
    if (left == kHalf) {
      std::memcpy(&part, logits + i, sizeof part);
    } else {
      std::memcpy(&part, logits + i, static_cast<std::size_t>(left) * sizeof(float));
    }
    const Wide weight = exponential_wide(__builtin_convertvector(part, Wide) - fill_wide(top));
    sum += weight;
    if (left == kHalf) {
      std::memcpy(weights + i, &weight, sizeof weight);
    } else {
      std::memcpy(weights + i, &weight, static_cast<std::size_t>(left) * sizeof(double));
    }
  }
  double total = 0.0;
  for (std::int64_t lane = 0; lane < kHalf; ++lane) total += sum[lane];
  return total;
}

}  // namespace dppo::kernel::DPPO_UNIT
