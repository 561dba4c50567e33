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

// Returns the kernels of the highest level that this processor has.
const Kernels& best_kernels();

}  // namespace dppo::kernel
