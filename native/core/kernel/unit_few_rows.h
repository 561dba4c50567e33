// Product of few rows with a transposed matrix, over a row-major matrix that is read once and in order.
//
// Each output is a dot product with one accumulator of kLanes lanes that runs through `in_features` from the start to
// the end; the lanes are added last. Neither the number of rows nor the outputs that are computed together change that
// order.
#pragma once

#include "kernel/level.h"
#include "kernel/unit_vector.h"

namespace dppo::kernel::DPPO_UNIT {

// Each storage names its element, the elements of one step of the inner loop, and `add`, which adds the products of one
// step of one weight row with R packed rows to the accumulators. `order` maps a packed position to an element.
struct Float32 {
  using Element = float;
  static constexpr std::int64_t kStep = kLanes;
  static constexpr std::int64_t order(std::int64_t i) { return i; }
  template <int R>
  static DPPO_INLINE void add(Vec (&sums)[R], const float* weight, const float* x) {
    const Vec w = load(weight);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r] += w * load(x + r * kStep);
  }
};

struct Float16 {
  using Element = std::uint16_t;
  static constexpr std::int64_t kStep = kLanes;
  static constexpr std::int64_t order(std::int64_t i) { return i; }
  template <int R>
  static DPPO_INLINE void add(Vec (&sums)[R], const std::uint16_t* weight, const float* x) {
    const Vec w = widen_float16(weight);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r] += w * load(x + r * kStep);
  }
};

// Two neighbours share a 32-bit word, so that a shift and a mask widen them: the packed rows hold the elements with
// even places first. The order of bytes is that of little-endian processors.
struct Bfloat16 {
  using Element = std::uint16_t;
  static constexpr std::int64_t kStep = 2 * kLanes;
  static constexpr std::int64_t order(std::int64_t i) { return i < kLanes ? 2 * i : 2 * (i - kLanes) + 1; }
  template <int R>
  static DPPO_INLINE void add(Vec (&sums)[R], const std::uint16_t* weight, const float* x) {
    Words words;
    std::memcpy(&words, weight, sizeof words);
    const Vec even = (Vec)(words << 16);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r] += even * load(x + r * kStep);
    const Vec odd = (Vec)(words & 0xffff0000u);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r] += odd * load(x + r * kStep + kLanes);
  }
};

// Rows that one pass over a group of weight rows multiplies, and the size of a group with so many: the accumulators fit
// the registers, which are 16, or 32 with AVX-512.
constexpr std::int64_t kPassRows = 4;
constexpr int kPassOutputs = DPPO_VECTOR_BYTES == 64 ? 6 : 3;
// Distance of prefetches at least.
constexpr std::int64_t kAheadBytes = 4096;

template <typename S>
std::int64_t packed_width(std::int64_t in_features) {
  return (in_features + S::kStep - 1) / S::kStep * S::kStep;
}

// Layout: passes of kPassRows rows (the last may have fewer); in a pass, steps; in a step, rows. Zeros fill the last
// step.
template <typename S>
void pack(const float* x, std::int64_t rows, std::int64_t in_features, float* packed) {
  const std::int64_t width = packed_width<S>(in_features);
  for (std::int64_t first = 0; first < rows; first += kPassRows) {
    const std::int64_t count = rows - first < kPassRows ? rows - first : kPassRows;
    for (std::int64_t step = 0; step < width; step += S::kStep) {
      for (std::int64_t r = 0; r < count; ++r) {
        const float* row = x + (first + r) * in_features + step;
        const std::int64_t left = in_features - step;
        for (std::int64_t i = 0; i < S::kStep; ++i) {
          const std::int64_t from = S::order(i);
          *packed++ = from < left ? row[from] : 0.0F;
        }
      }
    }
  }
}

// Adds the lanes of R x C accumulators and the bias.
template <int R, int C>
DPPO_INLINE void write_sums(const Vec (&sums)[C][R], const FewRows& task, std::int64_t first, float* out) {
  float totals[C][R];
  if constexpr (R == 1) {
    Vec column[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) column[c] = sums[c][0];
    add_lanes<C>(column, &totals[0][0]);
  } else {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) add_lanes<R>(sums[c], totals[c]);
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
    const float bias = task.bias == nullptr ? 0.0F : task.bias[first + c];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) out[r * task.out_features + first + c] = totals[c][r] + bias;
  }
}

// What a pass brings into the level-2 cache meanwhile: a part of each weight row of a later group. The address may lie
// beyond the matrix, because a prefetch cannot fail.
struct Ahead {
  const char* from;
  std::int64_t row;       // bytes between rows
  std::int64_t per_step;  // bytes of a row for each step of the inner loop
};

// Returns what the pass with the given number brings. The passes share the rows of one later group, so that memory is
// read at an even rate: the next group, or a farther one if rows are short.
template <typename S, int C>
DPPO_INLINE Ahead ahead_of(const FewRows& task, std::int64_t first, std::int64_t pass, std::int64_t passes) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(typename S::Element));
  const std::int64_t row = task.in_features * kSize;
  const std::int64_t distance = C * row * (1 + kAheadBytes / (C * row));
  const char* group = static_cast<const char*>(task.weight) + first * row + distance;
  return {group + row / passes * pass, row, (S::kStep * kSize + passes - 1) / passes};
}

// Computes R rows by C outputs. `first` is the first of C rows of the matrix; `x` is the packed pass.
template <typename S, int R, int C>
void tile(const FewRows& task, std::int64_t first, const float* x, float* out, Ahead ahead) {
  using Element = typename S::Element;
  const std::int64_t in_features = task.in_features;
  const Element* weight = static_cast<const Element*>(task.weight) + first * in_features;
  Vec sums[C][R] = {};
  const std::int64_t whole = in_features / S::kStep * S::kStep;
  for (std::int64_t i = 0; i < whole; i += S::kStep, ahead.from += ahead.per_step) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      __builtin_prefetch(ahead.from + c * ahead.row, 0, 2);
      S::template add<R>(sums[c], weight + c * in_features + i, x + i * R);
    }
  }
  if (whole < in_features) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      Element last[S::kStep] = {};
      std::memcpy(last, weight + c * in_features + whole,
                  static_cast<std::size_t>(in_features - whole) * sizeof(Element));
      S::template add<R>(sums[c], last, x + whole * R);
    }
  }
  write_sums<R, C>(sums, task, first, out);
}

// Computes C outputs from `first` on, for all rows. No more than `Most` rows are left to a call.
template <typename S, int C, int Most>
void group(const FewRows& task, std::int64_t first) {
  const std::int64_t width = packed_width<S>(task.in_features);
  const std::int64_t passes = (task.rows + Most - 1) / Most;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const std::int64_t row = pass * Most;
    const float* x = task.packed + row * width;
    float* out = task.out + row * task.out_features;
    const Ahead ahead = ahead_of<S, C>(task, first, pass, passes);
    const std::int64_t left = task.rows - row;
    if (left >= Most) {
      tile<S, Most, C>(task, first, x, out, ahead);
    } else if constexpr (Most == kPassRows) {
      if (left == 3) tile<S, 3, C>(task, first, x, out, ahead);
      if (left == 2) tile<S, 2, C>(task, first, x, out, ahead);
      if (left == 1) tile<S, 1, C>(task, first, x, out, ahead);
    }
  }
}

template <typename S, int C, int Most>
void groups(const FewRows& task, std::int64_t begin, std::int64_t end) {
  for (; begin + C <= end; begin += C) group<S, C, Most>(task, begin);
  for (; begin < end; ++begin) group<S, 1, Most>(task, begin);
}

// The fewer rows there are, the more outputs are computed together: about 12 accumulators fill the pipelines.
template <typename S>
void multiply(const FewRows& task, std::int64_t begin, std::int64_t end) {
  if (task.rows == 1) return groups<S, 8, 1>(task, begin, end);
  if (task.rows == 2) return groups<S, 6, 2>(task, begin, end);
  return groups<S, kPassOutputs, kPassRows>(task, begin, end);
}

template <typename S>
constexpr FewRowsKernels few_rows_kernels() {
  return {&packed_width<S>, &pack<S>, &multiply<S>};
}

}  // namespace dppo::kernel::DPPO_UNIT
