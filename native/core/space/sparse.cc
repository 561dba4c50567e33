#include "space/sparse.h"

#include <algorithm>
#include <cmath>

#include "space/shards.h"

namespace dppo {

namespace {

constexpr std::int64_t kRowsPerShard = 256;

// Returns the matrix (documents, words) of plain counts.
SparseMatrix count_matrix(const SpaceCorpus& corpus) {
  SparseMatrix m;
  m.rows = static_cast<std::int64_t>(corpus.offsets.size()) - 1;
  m.width = corpus.words;
  m.starts.push_back(0);
  std::vector<std::int32_t> words;
  for (std::int64_t d = 0; d < m.rows; ++d) {
    words.assign(corpus.tokens.begin() + corpus.offsets[d], corpus.tokens.begin() + corpus.offsets[d + 1]);
    std::ranges::sort(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0 && words[i] == words[i - 1]) {
        m.values.back() += 1;
      } else {
        m.columns.push_back(words[i]);
        m.values.push_back(1);
      }
    }
    m.starts.push_back(static_cast<std::int64_t>(m.columns.size()));
  }
  return m;
}

// Returns the global weight of each word, (words).
std::vector<double> global_weights(const SparseMatrix& counts, const std::vector<std::int64_t>& totals) {
  std::vector<double> weights(totals.size(), 1.0);
  if (counts.rows < 2) return weights;
  const double scale = std::log(static_cast<double>(counts.rows));
  for (std::size_t i = 0; i < counts.columns.size(); ++i) {
    const auto word = static_cast<std::size_t>(counts.columns[i]);
    const double p = counts.values[i] / static_cast<double>(totals[word]);
    weights[word] += p * std::log(p) / scale;
  }
  return weights;
}

}  // namespace

SparseMatrix log_entropy(const SpaceCorpus& corpus) {
  SparseMatrix m = count_matrix(corpus);
  const std::vector<double> weights = global_weights(m, word_counts(corpus));
  for (std::size_t i = 0; i < m.columns.size(); ++i) {
    m.values[i] = std::log2(1 + m.values[i]) * weights[static_cast<std::size_t>(m.columns[i])];
  }
  return m;
}

SparseMatrix transposed(const SparseMatrix& matrix) {
  SparseMatrix t;
  t.rows = matrix.width;
  t.width = matrix.rows;
  t.starts.assign(static_cast<std::size_t>(t.rows) + 1, 0);
  for (const std::int32_t column : matrix.columns) ++t.starts[static_cast<std::size_t>(column) + 1];
  for (std::size_t r = 1; r < t.starts.size(); ++r) t.starts[r] += t.starts[r - 1];
  t.columns.resize(matrix.columns.size());
  t.values.resize(matrix.values.size());
  std::vector<std::int64_t> next(t.starts.begin(), t.starts.end() - 1);
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    for (std::int64_t i = matrix.starts[row]; i < matrix.starts[row + 1]; ++i) {
      const std::int64_t at = next[matrix.columns[i]]++;
      t.columns[at] = static_cast<std::int32_t>(row);
      t.values[at] = matrix.values[i];
    }
  }
  return t;
}

void multiply(const SparseMatrix& matrix, const double* dense, double* out, std::int64_t columns, int threads) {
  const auto shards = static_cast<int>((matrix.rows + kRowsPerShard - 1) / kRowsPerShard);
  run_shards(shards, threads, [&](int shard) {
    const std::int64_t end = std::min(matrix.rows, (shard + 1) * kRowsPerShard);
    for (std::int64_t row = shard * kRowsPerShard; row < end; ++row) {
      double* const to = out + row * columns;
      std::fill(to, to + columns, 0.0);
      for (std::int64_t i = matrix.starts[row]; i < matrix.starts[row + 1]; ++i) {
        const double* const from = dense + matrix.columns[i] * columns;
        const double value = matrix.values[i];
        for (std::int64_t c = 0; c < columns; ++c) to[c] += value * from[c];
      }
    }
  });
}

}  // namespace dppo
