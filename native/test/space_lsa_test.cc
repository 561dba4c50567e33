#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "errors.h"
#include "space/space.h"
#include "space_corpora.h"

namespace dppo {
namespace {

// The weighted matrix by its definition, words x documents, dense.
at::Tensor dense_log_entropy(const SpaceCorpus& corpus) {
  const auto documents = static_cast<std::int64_t>(corpus.offsets.size()) - 1;
  at::Tensor counts = at::zeros({corpus.words, documents}, at::kDouble);
  for (std::int64_t d = 0; d < documents; ++d) {
    for (auto i = corpus.offsets[d]; i < corpus.offsets[d + 1]; ++i) counts[corpus.tokens[i]][d] += 1;
  }
  const at::Tensor p = counts / counts.sum(1, true).clamp_min(1);
  const at::Tensor entropy = at::xlogy(p, p).sum(1, true) / std::log(static_cast<double>(documents));
  return at::log2(1 + counts) * (1 + entropy);
}

at::Tensor as_tensor(const SpaceMatrix& m) { return at::tensor(m.values, at::kDouble).reshape({m.rows, m.columns}); }

TEST(Lsa, ScalarProductsAreThoseOfADenseSingularValueDecomposition) {
  const SpaceCorpus corpus = topic_corpus(120, 30, 3, 12);
  const auto [u, s, vh] = at::linalg_svd(dense_log_entropy(corpus), false);
  LsaOptions options;
  options.dimensions = 8;
  options.power_iterations = 12;  // random words have a flat spectrum, which takes more of them than text does
  options.seed = 5;
  const SpaceMatrix space = learn_lsa(corpus, options);
  ASSERT_EQ(space.rows, corpus.words);
  ASSERT_EQ(space.columns, 8);
  // U S is unique up to signs; its scalar products are unique.
  const at::Tensor expected = (u * s).narrow(1, 0, 8);
  const at::Tensor got = as_tensor(space);
  EXPECT_LT((got.matmul(got.t()) - expected.matmul(expected.t())).abs().max().item<double>(), 1e-4);
  EXPECT_LT((got.norm(2, 0) - s.narrow(0, 0, 8)).abs().max().item<double>(), 1e-5);
  // The same comparison must notice another weighting.
  const auto [u1, s1, v1] = at::linalg_svd(dense_log_entropy(corpus).sqrt(), false);
  EXPECT_GT((got.norm(2, 0) - s1.narrow(0, 0, 8)).abs().max().item<double>(), 1e-2);
}

TEST(Lsa, DimensionsAreAtMostTheRank) {
  const SpaceCorpus corpus = topic_corpus(4, 30, 3, 12);
  const SpaceMatrix space = learn_lsa(corpus, {});
  EXPECT_EQ(space.columns, 4);
  for (const float value : space.values) EXPECT_TRUE(std::isfinite(value));
}

TEST(Lsa, ThreadsDoNotChangeABit) {
  const SpaceCorpus corpus = topic_corpus(600, 40, 4, 300);
  LsaOptions options;
  options.dimensions = 20;
  options.threads = 1;
  const SpaceMatrix one = learn_lsa(corpus, options);
  options.threads = 3;
  EXPECT_EQ(one.values, learn_lsa(corpus, options).values);
  options.seed = 1;
  EXPECT_NE(one.values, learn_lsa(corpus, options).values);
}

TEST(Lsa, ProgressEndsAtOneAndCancellingStops) {
  const SpaceCorpus corpus = topic_corpus(50, 20, 2, 10);
  CancelFlag cancel;
  const CancelScope scope(cancel);
  double last = 0;
  learn_lsa(corpus, {}, [&](double fraction) { last = fraction; });
  EXPECT_EQ(last, 1.0);
  const auto stop = [&](double) { cancel.request(); };
  expect_error(ErrorKind::kAborted, [&] { learn_lsa(corpus, {}, stop); });
}

TEST(SpaceCorpus, ADamagedCorpusIsRefused) {
  SpaceCorpus corpus = topic_corpus(5, 10, 2, 10);
  corpus.tokens[3] = corpus.words;
  expect_error(
      ErrorKind::kData, [&] { learn_lsa(corpus, {}); }, "a token is not below");
  corpus = topic_corpus(5, 10, 2, 10);
  corpus.offsets.back() += 1;
  expect_error(
      ErrorKind::kData, [&] { learn_lda(corpus, {}); }, "offsets must rise");
  expect_error(
      ErrorKind::kData,
      [] {
        learn_word2vec(SpaceCorpus{{}, {0}, 3}, {});
      },
      "offsets must rise");
}

}  // namespace
}  // namespace dppo
