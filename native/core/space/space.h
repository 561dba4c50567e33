// Semantic spaces learnt from a corpus. Results depend on corpus and seed only, never on the number of threads:
// work is split into fixed shards whose results are merged in order.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"

namespace dppo {

struct SpaceCorpus {
  std::vector<std::int32_t> tokens;   // word ids, documents one after the other
  std::vector<std::int64_t> offsets;  // documents + 1 entries; document d is tokens[offsets[d], offsets[d+1])
  std::int32_t words = 0;             // size of the vocabulary
};

struct SpaceMatrix {
  std::int32_t rows = 0;      // words
  std::int32_t columns = 0;   // dimensions or topics
  std::vector<float> values;  // row-major
};

using SpaceProgress = std::function<void(double fraction)>;

struct LsaOptions {
  std::int32_t dimensions = 300;
  std::int32_t power_iterations = 4;
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all
};
// Log-entropy weighted word-document matrix, randomised truncated SVD, rows U * S.
SpaceMatrix learn_lsa(const SpaceCorpus& corpus, const LsaOptions& options, const CancelFlag* cancel = nullptr,
                      const SpaceProgress& progress = {});

struct LdaOptions {
  std::int32_t topics = 100;
  std::int32_t iterations = 50;
  double alpha = 0.0;  // 0: 1 / topics
  double beta = 0.01;
  std::uint64_t seed = 0;
  int threads = 0;
};
// Word-topic weights p(topic | word), each row sums to 1.
SpaceMatrix learn_lda(const SpaceCorpus& corpus, const LdaOptions& options, const CancelFlag* cancel = nullptr,
                      const SpaceProgress& progress = {});

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
// Skip-gram with negative sampling.
SpaceMatrix learn_word2vec(const SpaceCorpus& corpus, const Word2vecOptions& options,
                           const CancelFlag* cancel = nullptr, const SpaceProgress& progress = {});

}  // namespace dppo
