// The levels of vector instructions for which the kernels are compiled, and the kernels of a level.
#pragma once

#include <cstdint>

namespace dppo::kernel {

enum class Level {
  kBaseline,  // 16 bytes: what every processor of the architecture has (SSE2, NEON)
  kAvx2,      // 32 bytes: AVX2, FMA and F16C
  kAvx512,    // 64 bytes: AVX-512 F, BW, VL and DQ
};

// How a weight is stored.
enum class Storage { kFloat32, kBfloat16, kFloat16 };

// Static, because each unit must have a copy of its own (kernel/unit.h).
static constexpr std::int64_t element_bytes(Storage storage) { return storage == Storage::kFloat32 ? 4 : 2; }

// Arguments of a product of few rows with a transposed matrix.
struct FewRows {
  const float* packed;  // the rows as `pack` writes them
  const void* weight;   // (out_features, in_features), row-major
  const float* bias;    // (out_features) or null
  float* out;           // (rows, out_features), row-major
  std::int64_t rows;
  std::int64_t in_features;
  std::int64_t out_features;
};

// The kernels for one kind of storage.
struct FewRowsKernels {
  // Number of floats that a packed row takes.
  std::int64_t (*packed_width)(std::int64_t in_features);
  // Writes (rows, in_features) floats in the order in which `multiply` reads them.
  void (*pack)(const float* x, std::int64_t rows, std::int64_t in_features, float* packed);
  // Computes the outputs [begin, end) of all rows.
  void (*multiply)(const FewRows& task, std::int64_t begin, std::int64_t end);
};

// A matrix in memory: element (i, j) stands at data[i * row_stride + j * column_stride]. One of the strides is 1.
struct MatrixView {
  const void* data;
  Storage storage;
  std::int64_t row_stride;
  std::int64_t column_stride;
};

// The most elements of the inner dimension that one block of a product takes. A float32 panel of the right matrix then
// takes half of a level-1 cache of 32 KiB, or all of it with AVX-512. Shorter blocks also mean smaller rounding errors.
constexpr std::int64_t kMaxInner = 256;

// Arguments of a block of a matrix product: some rows by the columns of one panel, over a part of the inner dimension.
struct ProductBlock {
  const float* left;        // panels as `pack_left` writes them
  MatrixView right;         // (inner, columns)
  const float* bias;        // (columns) or null; added to each row
  float* out;               // (rows, columns)
  std::int64_t row_stride;  // of `out`
  std::int64_t rows;
  std::int64_t inner;    // at most kMaxInner
  std::int64_t columns;  // at most tile_columns
  bool adds;             // to `out`, whose values are overwritten otherwise
};

struct ProductKernels {
  std::int64_t tile_rows;
  std::int64_t tile_columns;
  // Writes a panel of tile_rows * inner floats from `rows` rows of float32, at most tile_rows.
  void (*pack_left)(const MatrixView& left, std::int64_t rows, std::int64_t inner, float* panel);
  void (*multiply)(const ProductBlock& block);
};

// Arguments of the attention of the query heads that share one head of keys and values.
struct CachedHeads {
  const float* queries;  // (group, head_size)
  const float* keys;     // (count, head_size)
  const float* values;   // (count, head_size)
  float* out;            // (group, head_size)
  float* scratch;        // attention_scratch floats
  std::int64_t group;
  std::int64_t head_size;
  std::int64_t count;
  float scale;
};

struct Kernels {
  FewRowsKernels few_rows[3];  // by Storage
  ProductKernels product;
  std::int64_t (*attention_scratch)(std::int64_t group, std::int64_t head_size, std::int64_t count);
  void (*attend)(const CachedHeads& task);
  double (*sum_of_squares)(const float* x, std::int64_t count);
  float (*largest)(const float* logits, std::int64_t count);
  // Writes e^(logit - top) and returns the sum of these.
  double (*exponential_weights)(const float* logits, std::int64_t count, double top, double* weights);
};

// Returns the kernels of a level, or null if this processor or this build lacks the level.
const Kernels* kernels_for(Level level);

// Returns whether the processor multiplies bfloat16 itself (AVX-512 BF16 or AMX).
bool has_bfloat16_units();

// Returns whether `matrix_product` is faster than the product of the library, which is tuned for processors of Intel
// and, on other architectures, for theirs.
bool prefers_own_product();

// Returns the kernels of the highest level that this processor has.
const Kernels& best_kernels();

}  // namespace dppo::kernel
