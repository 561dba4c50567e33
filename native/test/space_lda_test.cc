#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/cancel.h"
#include "base/error.h"
#include "errors.h"
#include "space/space.h"
#include "space/topic_counts.h"
#include "space_corpora.h"

namespace dppo {
namespace {

LdaOptions options_for(int topics, int threads) {
  LdaOptions options;
  options.topics = topics;
  options.iterations = 60;
  options.threads = threads;
  options.seed = 3;
  return options;
}

TEST(Lda, RecoversPlantedTopics) {
  constexpr int kTopics = 5;
  constexpr int kWords = 20;
  LdaOptions options = options_for(kTopics, 2);
  options.alpha = 0.5;
  const SpaceMatrix space = learn_lda(topic_corpus(400, 40, kTopics, kWords), options);
  std::set<std::int64_t> found;
  for (int planted = 0; planted < kTopics; ++planted) {
    std::set<std::int64_t> best;
    for (int w = planted * kWords; w < (planted + 1) * kWords; ++w) {
      const auto row = space.values.begin() + w * space.columns;
      const auto top = std::max_element(row, row + space.columns);
      EXPECT_GT(*top, 0.9f) << "word " << w;
      best.insert(top - row);
    }
    EXPECT_EQ(best.size(), 1u) << "topic " << planted << " is spread out";
    found.insert(*best.begin());
  }
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kTopics));
}

TEST(Lda, RowsAreDistributions) {
  const SpaceMatrix space = learn_lda(topic_corpus(100, 20, 4, 10), options_for(7, 1));
  for (std::int32_t w = 0; w < space.rows; ++w) {
    double sum = 0;
    for (std::int32_t k = 0; k < space.columns; ++k) {
      const float value = space.values[static_cast<std::size_t>(w) * space.columns + k];
      EXPECT_GT(value, 0.0f);
      sum += value;
    }
    EXPECT_NEAR(sum, 1.0, 1e-5);
  }
}

TEST(Lda, ThreadsDoNotChangeABit) {
  const SpaceCorpus corpus = topic_corpus(600, 40, 4, 50);
  EXPECT_EQ(learn_lda(corpus, options_for(10, 1)).values, learn_lda(corpus, options_for(10, 3)).values);
  LdaOptions other = options_for(10, 1);
  other.seed = 4;
  EXPECT_NE(learn_lda(corpus, options_for(10, 1)).values, learn_lda(corpus, other).values);
}

TEST(Lda, TokensAreCountedBeyondThePrecisionOfFloats) {
  constexpr std::int32_t kTokens = (1 << 24) + 10;
  TopicCounts counts(2, 1);
  for (std::int32_t i = 0; i < kTokens; ++i) counts.add(1, 0, 1);
  EXPECT_EQ(counts.totals()[0], kTokens);
  EXPECT_EQ(counts.word_topics(), (std::vector<std::int32_t>{0, kTokens}));
  counts.add(1, 0, -1);
  EXPECT_EQ(counts.of_word(1)[0], kTokens - 1);
}

TEST(Lda, CancellingStopsAndBadOptionsAreRefused) {
  const SpaceCorpus corpus = topic_corpus(50, 20, 2, 10);
  {
    CancelFlag cancel;
    const CancelScope scope(cancel);
    const auto stop = [&](double) { cancel.request(); };
    expect_error(ErrorKind::kAborted, [&] { learn_lda(corpus, options_for(2, 1), stop); });
  }
  expect_error(
      ErrorKind::kConfig, [&] { learn_lda(corpus, options_for(0, 1)); }, "topics");
}

}  // namespace
}  // namespace dppo
