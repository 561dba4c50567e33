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

// Writes the sum of the lanes of each of N vectors: (lane 0 + lane 2) + (lane 1 + lane 3) once four lanes are left.
// Four vectors are added side by side, in the same order.
template <int N>
DPPO_INLINE void add_lanes(const Vec (&sums)[N], float* totals) {
  if constexpr (N == 4) {
    const Four a = fold(sums[0]), b = fold(sums[1]), c = fold(sums[2]), d = fold(sums[3]);
    const Four ab = DPPO_SHUFFLE(a, b, 0, 4, 1, 5) + DPPO_SHUFFLE(a, b, 2, 6, 3, 7);
    const Four cd = DPPO_SHUFFLE(c, d, 0, 4, 1, 5) + DPPO_SHUFFLE(c, d, 2, 6, 3, 7);
    const Four all = DPPO_SHUFFLE(ab, cd, 0, 1, 4, 5) + DPPO_SHUFFLE(ab, cd, 2, 3, 6, 7);
    std::memcpy(totals, &all, sizeof all);
  } else {
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      const Four four = fold(sums[n]);
      totals[n] = (four[0] + four[2]) + (four[1] + four[3]);
    }
  }
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

}  // namespace dppo::kernel::DPPO_UNIT
