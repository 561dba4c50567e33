// Blocks of a matrix product. Both matrices are copied into panels that the inner loop reads from the start to the end:
// the left one by groups of kTileRows rows, the right one by groups of kTileColumns columns.
//
// Each output is the sum over the blocks of the inner dimension, in order, of one accumulator that runs through a block
// from its start to its end. Neither the number of rows or columns nor the threads change that order.
#pragma once

#include "kernel/level.h"
#include "kernel/unit_vector.h"

namespace dppo::kernel::DPPO_UNIT {

// The accumulators of a tile, two vectors of the right matrix and one element of the left fit the registers, which are
// 16, or 32 with AVX-512.
constexpr std::int64_t kTileRows = DPPO_VECTOR_BYTES == 64 ? 12 : 6;
constexpr std::int64_t kTileColumns = 2 * kLanes;

DPPO_INLINE Four load_four(const float* from) {
  Four v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

DPPO_INLINE void store_four(float* to, Four v) { std::memcpy(to, &v, sizeof v); }

// Writes four rows of four elements as four columns.
DPPO_INLINE void transpose_four(const float* from, std::int64_t row_stride, float* to, std::int64_t column_stride) {
  const Four a = load_four(from), b = load_four(from + row_stride);
  const Four c = load_four(from + 2 * row_stride), d = load_four(from + 3 * row_stride);
  const Four ab_low = DPPO_SHUFFLE(a, b, 0, 4, 1, 5), ab_high = DPPO_SHUFFLE(a, b, 2, 6, 3, 7);
  const Four cd_low = DPPO_SHUFFLE(c, d, 0, 4, 1, 5), cd_high = DPPO_SHUFFLE(c, d, 2, 6, 3, 7);
  store_four(to, DPPO_SHUFFLE(ab_low, cd_low, 0, 1, 4, 5));
  store_four(to + column_stride, DPPO_SHUFFLE(ab_low, cd_low, 2, 3, 6, 7));
  store_four(to + 2 * column_stride, DPPO_SHUFFLE(ab_high, cd_high, 0, 1, 4, 5));
  store_four(to + 3 * column_stride, DPPO_SHUFFLE(ab_high, cd_high, 2, 3, 6, 7));
}

// Copies `lines` x `inner` elements into a panel of `width` lines that lies element by element: panel[k * width +
// line]. Zeros stand for the lines that are missing. In memory, element (line, k) is at from[line * line_stride + k *
// k_stride], and one of the strides is 1.
DPPO_INLINE void fill_panel(const float* from, std::int64_t line_stride, std::int64_t k_stride, std::int64_t lines,
                            std::int64_t inner, std::int64_t width, float* panel) {
  const bool whole = lines == width;
  if (!whole) std::memset(panel, 0, static_cast<std::size_t>(inner * width) * sizeof(float));
  if (whole && k_stride != 1) {
    for (std::int64_t k = 0; k < inner; ++k) {
      std::memcpy(panel + k * width, from + k * k_stride, static_cast<std::size_t>(width) * sizeof(float));
    }
    return;
  }
  std::int64_t line = 0;
  if (k_stride == 1) {
    for (; line + 4 <= lines; line += 4) {
      std::int64_t k = 0;
      for (; k + 4 <= inner; k += 4) {
        transpose_four(from + line * line_stride + k, line_stride, panel + k * width + line, width);
      }
      for (; k < inner; ++k) {
        for (std::int64_t i = line; i < line + 4; ++i) panel[k * width + i] = from[i * line_stride + k];
      }
    }
  }
  for (; line < lines; ++line) {
    for (std::int64_t k = 0; k < inner; ++k) panel[k * width + line] = from[line * line_stride + k * k_stride];
  }
}

inline void pack_left(const MatrixView& left, std::int64_t rows, std::int64_t inner, float* panel) {
  fill_panel(static_cast<const float*>(left.data), left.row_stride, left.column_stride, rows, inner, kTileRows, panel);
}

// Widens `count` neighbours of a storage to float32.
inline void widen(Storage storage, const std::uint16_t* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  if (storage == Storage::kBfloat16) {
    for (; i < count; ++i) {
      const std::uint32_t word = static_cast<std::uint32_t>(from[i]) << 16;
      std::memcpy(to + i, &word, sizeof word);
    }
    return;
  }
  for (; i + kLanes <= count; i += kLanes) store(to + i, widen_float16(from + i));
  if (i == count) return;
  std::uint16_t last[kLanes] = {};
  float wide[kLanes];
  std::memcpy(last, from + i, static_cast<std::size_t>(count - i) * sizeof(std::uint16_t));
  store(wide, widen_float16(last));
  std::memcpy(to + i, wide, static_cast<std::size_t>(count - i) * sizeof(float));
}

inline void pack_right(const MatrixView& right, std::int64_t inner, std::int64_t columns, float* panel) {
  if (right.storage == Storage::kFloat32) {
    return fill_panel(static_cast<const float*>(right.data), right.column_stride, right.row_stride, columns, inner,
                      kTileColumns, panel);
  }
  // The lines that are contiguous in memory: columns of a transposed weight, rows otherwise.
  const bool by_columns = right.row_stride == 1;
  const std::int64_t lines = by_columns ? columns : inner;
  const std::int64_t length = by_columns ? inner : columns;
  const std::int64_t stride = by_columns ? right.column_stride : right.row_stride;
  const auto* from = static_cast<const std::uint16_t*>(right.data);
  float wide[kTileColumns * kMaxInner];
  for (std::int64_t line = 0; line < lines; ++line)
    widen(right.storage, from + line * stride, length, wide + line * length);
  fill_panel(wide, by_columns ? length : 1, by_columns ? 1 : length, columns, inner, kTileColumns, panel);
}

// Multiplies a panel of rows with a panel of columns.
DPPO_INLINE void multiply_panels(const float* left, const float* right, std::int64_t inner, Vec (&sums)[kTileRows][2]) {
#pragma GCC unroll 4
  for (std::int64_t k = 0; k < inner; ++k) {
    const Vec low = load(right), high = load(right + kLanes);
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kTileRows; ++r) {
      const Vec element = fill(left[r]);
      sums[r][0] += element * low;
      sums[r][1] += element * high;
    }
    left += kTileRows;
    right += kTileColumns;
  }
}

// Writes, or with `adds` adds, a whole tile and its bias.
DPPO_INLINE void write_tile(Vec (&sums)[kTileRows][2], const float* bias, bool adds, float* out,
                            std::int64_t row_stride) {
  if (bias != nullptr) {
    const Vec low = load(bias), high = load(bias + kLanes);
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kTileRows; ++r) {
      sums[r][0] += low;
      sums[r][1] += high;
    }
  }
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kTileRows; ++r) {
    float* to = out + r * row_stride;
    store(to, adds ? load(to) + sums[r][0] : sums[r][0]);
    store(to + kLanes, adds ? load(to + kLanes) + sums[r][1] : sums[r][1]);
  }
}

// Does the same at an edge, where `rows` x `columns` of the tile exist.
inline void write_part(const Vec (&sums)[kTileRows][2], const float* bias, bool adds, float* out,
                       std::int64_t row_stride, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float row[kTileColumns];
    store(row, sums[r][0]);
    store(row + kLanes, sums[r][1]);
    float* to = out + r * row_stride;
    for (std::int64_t c = 0; c < columns; ++c) {
      const float sum = bias == nullptr ? row[c] : row[c] + bias[c];
      to[c] = adds ? to[c] + sum : sum;
    }
  }
}

// Asks for the panel of the right matrix that a thread usually needs next, a share with each tile, because the
// processor does not foresee reads with large strides. The addresses may lie beyond the matrix: a prefetch cannot fail.
class NextPanel {
 public:
  NextPanel(const ProductBlock& block, std::int64_t tiles) {
    const MatrixView& right = block.right;
    const std::int64_t size = element_bytes(right.storage);
    const bool by_columns = right.row_stride == 1;
    const std::int64_t stretches = by_columns ? kTileColumns : block.inner;
    const std::int64_t bytes = (by_columns ? block.inner : kTileColumns) * size;
    stride_ = (by_columns ? right.column_stride : right.row_stride) * size;
    lines_ = (bytes + kLineBytes - 1) / kLineBytes;
    share_ = (stretches * lines_ + tiles - 1) / tiles;
    stretch_ = static_cast<const char*>(right.data) + kTileColumns * right.column_stride * size;
  }

  DPPO_INLINE void prefetch_share() {
    for (std::int64_t i = 0; i < share_; ++i) {
      __builtin_prefetch(stretch_ + line_ * kLineBytes, 0, 2);
      if (++line_ < lines_) continue;
      line_ = 0;
      stretch_ += stride_;
    }
  }

 private:
  static constexpr std::int64_t kLineBytes = 64;
  const char* stretch_;
  std::int64_t stride_, lines_, share_;
  std::int64_t line_ = 0;
};

inline void multiply_block(const ProductBlock& block) {
  float panel[kTileColumns * kMaxInner];
  pack_right(block.right, block.inner, block.columns, panel);
  NextPanel next(block, (block.rows + kTileRows - 1) / kTileRows);
  for (std::int64_t row = 0; row < block.rows; row += kTileRows) {
    float* out = block.out + row * block.row_stride;
    const std::int64_t rows = block.rows - row < kTileRows ? block.rows - row : kTileRows;
    // The tile in memory is needed after the products, so it enters the cache meanwhile.
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kTileRows; ++r) __builtin_prefetch(out + (r < rows ? r : 0) * block.row_stride, 1, 3);
    next.prefetch_share();
    Vec sums[kTileRows][2] = {};
    multiply_panels(block.left + row * block.inner, panel, block.inner, sums);
    if (rows == kTileRows && block.columns == kTileColumns) {
      write_tile(sums, block.bias, block.adds, out, block.row_stride);
    } else {
      write_part(sums, block.bias, block.adds, out, block.row_stride, rows, block.columns);
    }
  }
}

}  // namespace dppo::kernel::DPPO_UNIT
