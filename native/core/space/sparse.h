// The weighted word-document matrix of LSA, by rows of either side.
#pragma once

#include <cstdint>
#include <vector>

#include "space/space.h"

namespace dppo {

// Compressed rows: row r holds columns[starts[r] .. starts[r + 1]) with their values.
struct SparseMatrix {
  std::int64_t rows = 0;
  std::int64_t width = 0;
  std::vector<std::int64_t> starts;
  std::vector<std::int32_t> columns;
  std::vector<double> values;
};

// Returns the matrix (documents, words) of log2(1 + count) times the word's global weight 1 + sum_d p log p /
// log(documents), where p is the share of the word's occurrences that fall into d (Dumais 1991). A single document gets
// global weights of 1.
SparseMatrix log_entropy(const SpaceCorpus& corpus);

// Returns the transpose.
SparseMatrix transposed(const SparseMatrix& matrix);

// Computes out = matrix * dense for dense (width, columns) and out (rows, columns), both row by row. Each row is summed
// by one thread. Throws Error(kAborted) when cancelled.
void multiply(const SparseMatrix& matrix, const double* dense, double* out, std::int64_t columns, int threads);

}  // namespace dppo
