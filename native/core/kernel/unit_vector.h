// Vectors of one unit, on the vector extensions of GCC and Clang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if DPPO_VECTOR_BYTES > 16
#include <immintrin.h>
#endif

namespace dppo::kernel::DPPO_UNIT {

constexpr std::int64_t kLanes = DPPO_VECTOR_BYTES / 4;

typedef float Vec __attribute__((vector_size(DPPO_VECTOR_BYTES)));
typedef std::uint32_t Words __attribute__((vector_size(DPPO_VECTOR_BYTES)));
typedef std::uint16_t Halves __attribute__((vector_size(DPPO_VECTOR_BYTES / 2)));

#define DPPO_INLINE inline __attribute__((always_inline))

DPPO_INLINE Vec load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

DPPO_INLINE void store(float* to, Vec v) { std::memcpy(to, &v, sizeof v); }

typedef float Four __attribute__((vector_size(16)));

// Adds halves of a vector until four lanes are left.
DPPO_INLINE Four fold(Vec v) {
  Four part[kLanes / 4];
  std::memcpy(part, &v, sizeof part);
#pragma GCC unroll 2
  for (std::int64_t count = kLanes / 8; count > 0; count /= 2) {
#pragma GCC unroll 2
    for (std::int64_t i = 0; i < count; ++i) part[i] += part[i + count];
  }
  return part[0];
}

#if defined(__clang__)
#define DPPO_SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef std::int32_t FourPlaces __attribute__((vector_size(16)));
#define DPPO_SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, FourPlaces{i, j, k, l})
#endif

DPPO_INLINE float add_four(Four v) { return (v[0] + v[2]) + (v[1] + v[3]); }

// Writes the sum of the lanes of each of N vectors: add_four once four lanes are left. Four vectors are added side by
// side, in the same order.
template <int N>
DPPO_INLINE void add_lanes(const Vec* sums, float* totals) {
  int n = 0;
#pragma GCC unroll 2
  for (; n + 4 <= N; n += 4) {
    const Four a = fold(sums[n]), b = fold(sums[n + 1]), c = fold(sums[n + 2]), d = fold(sums[n + 3]);
    const Four ab = DPPO_SHUFFLE(a, b, 0, 4, 1, 5) + DPPO_SHUFFLE(a, b, 2, 6, 3, 7);
    const Four cd = DPPO_SHUFFLE(c, d, 0, 4, 1, 5) + DPPO_SHUFFLE(c, d, 2, 6, 3, 7);
    const Four all = DPPO_SHUFFLE(ab, cd, 0, 1, 4, 5) + DPPO_SHUFFLE(ab, cd, 2, 3, 6, 7);
    std::memcpy(totals + n, &all, sizeof all);
  }
#pragma GCC unroll 4
  for (; n < N; ++n) totals[n] = add_four(fold(sums[n]));
}

// Subtraction of zero changes no number, so the compiler drops it; it would keep an addition because of -0.
DPPO_INLINE Vec fill(float value) { return value - Vec{}; }

// Returns e^x with a relative error below 2e-7, for x <= 0; below -87 it is 0. NaN stays NaN.
DPPO_INLINE Vec exponential(Vec x) {
  // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
  const Vec rounding = fill(0x1.8p23f);
  const Vec shifted = x * fill(0x1.715476p0f) + rounding;
  const Vec n = shifted - rounding;
  // ln 2 in two parts: the product of n with the first has no rounding error.
  const Vec r = x - n * fill(0x1.62e4p-1f) - n * fill(0x1.7f7d1cp-20f);
  // Polynomial of (e^r - 1 - r) / r^2, fitted at Chebyshev points.
  Vec p = fill(0x1.6da8a6p-10f);
  p = p * r + fill(0x1.1249b2p-7f);
  p = p * r + fill(0x1.55546ap-5f);
  p = p * r + fill(0x1.55547ap-3f);
  p = p * r + fill(0.5f);
  const Vec power = p * (r * r) + r + fill(1.0f);
  const Words exponent = ((Words)shifted - (Words)rounding + 127u) << 23;
  const Vec result = power * (Vec)exponent;
  return (Vec)((Words)result & ~(Words)(x < fill(-87.0f)));
}

// Converts float16 to float32, subnormal numbers, infinities and NaN included.
DPPO_INLINE Vec widen_float16(const std::uint16_t* from) {
#if DPPO_VECTOR_BYTES == 64
  __m256i halves;
  std::memcpy(&halves, from, sizeof halves);
  return (Vec)_mm512_maskz_cvtph_ps(0xffff, halves);
#elif DPPO_VECTOR_BYTES == 32
  __m128i halves;
  std::memcpy(&halves, from, sizeof halves);
  return (Vec)_mm256_cvtph_ps(halves);
#else
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  const Words word = __builtin_convertvector(halves, Words);
  // The exponent's bias grows from 15 to 127 by a product, which also gives subnormal numbers their leading one.
  const Vec magnitude = (Vec)((word & 0x7fffu) << 13) * 0x1p112f;
  const Words special = (Words)((word & 0x7c00u) == 0x7c00u) & 0x7f800000u;
  return (Vec)((Words)magnitude | special | ((word & 0x8000u) << 16));
#endif
}

// Returns the largest of `count` numbers; minus infinity when there is none.
inline float largest_of(const float* values, std::int64_t count) {
  Vec most = fill(-__builtin_inff());
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Vec v = load(values + i);
    most = v > most ? v : most;
  }
  float lanes[kLanes];
  store(lanes, most);
  float result = lanes[0];
  for (std::int64_t lane = 1; lane < kLanes; ++lane) result = lanes[lane] > result ? lanes[lane] : result;
  for (; i < count; ++i) result = values[i] > result ? values[i] : result;
  return result;
}

}  // namespace dppo::kernel::DPPO_UNIT
