// Semantic spaces learned from a corpus. Results depend on corpus and seed only, never on the number of threads:
// work is split into fixed shards whose results are merged in order.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace dppo {

struct SpaceCorpus {
  std::vector<std::int32_t> tokens;   // word ids, documents one after the other
  std::vector<std::int64_t> offsets;  // documents + 1 entries; document d is tokens[offsets[d], offsets[d+1])
  std::int32_t words = 0;             // size of the vocabulary
};

struct SpaceMatrix {
  std::int32_t rows = 0;      // words
  std::int32_t columns = 0;   // dimensions or topics
  std::vector<float> values;  // (rows, columns), row by row
};

// Called with the share of the work that is done, in (0, 1].
using SpaceProgress = std::function<void(double fraction)>;

// All learners throw Error(kData) for a corpus that has no tokens or contradicts itself, Error(kConfig) for an option
// out of range, and Error(kAborted) when cancelled. `threads` is how many compute; 0 means all of the machine.

struct LsaOptions {
  std::int32_t dimensions = 300;
  std::int32_t power_iterations = 4;
  std::uint64_t seed = 0;
  int threads = 0;
};

// Latent semantic analysis (Deerwester et al. 1990) of the log-entropy weighted word-document matrix (Dumais 1991) by a
// randomised singular value decomposition (Halko, Martinsson & Tropp 2011). Returns the rows of U S. They have
// `dimensions` columns, but no more than there are words or documents.
SpaceMatrix learn_lsa(const SpaceCorpus& corpus, const LsaOptions& options, const SpaceProgress& progress = {});

struct LdaOptions {
  std::int32_t topics = 100;
  std::int32_t iterations = 50;
  double alpha = 0.0;  // 0: 1 / topics
  double beta = 0.01;
  std::uint64_t seed = 0;
  int threads = 0;
};

// Latent Dirichlet allocation (Blei, Ng & Jordan 2003) by collapsed Gibbs sampling (Griffiths & Steyvers 2004). Returns
// p(topic | word), (words, topics): each row sums to 1.
SpaceMatrix learn_lda(const SpaceCorpus& corpus, const LdaOptions& options, const SpaceProgress& progress = {});

struct Word2vecOptions {
  std::int32_t dimensions = 300;
  std::int32_t window = 5;
  std::int32_t negatives = 5;
  std::int32_t epochs = 5;
  double learning_rate = 0.025;
  double subsample = 1e-3;
  std::uint64_t seed = 0;
  int threads = 0;
};

// Skip-gram with negative sampling (Mikolov et al. 2013). Returns the vectors of words as centres, (words, dimensions).
SpaceMatrix learn_word2vec(const SpaceCorpus& corpus, const Word2vecOptions& options,
                           const SpaceProgress& progress = {});

}  // namespace dppo
