#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/cancel.h"
#include "base/error.h"
#include "errors.h"
#include "space/space.h"
#include "space_corpora.h"

namespace dppo {
namespace {

Word2vecOptions options_for(int threads) {
  Word2vecOptions options;
  options.dimensions = 20;
  options.window = 1;
  options.subsample = 0;
  options.threads = threads;
  options.seed = 9;
  return options;
}

double cosine(const SpaceMatrix& space, int a, int b) {
  double dot = 0;
  double left = 0;
  double right = 0;
  for (int i = 0; i < space.columns; ++i) {
    const double x = space.values[static_cast<std::size_t>(a * space.columns + i)];
    const double y = space.values[static_cast<std::size_t>(b * space.columns + i)];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return dot / std::sqrt(left * right);
}

// How many of the planted words have their synonym as nearest among all planted words.
int synonyms_found(const SpaceMatrix& space, int pairs) {
  int found = 0;
  for (int word = 0; word < 2 * pairs; ++word) {
    int best = word == 0 ? 1 : 0;
    for (int other = 0; other < 2 * pairs; ++other) {
      if (other != word && cosine(space, word, other) > cosine(space, word, best)) best = other;
    }
    found += best == (word ^ 1);
  }
  return found;
}

TEST(Word2vec, PlacesPlantedSynonymsTogether) {
  const SpaceCorpus corpus = synonym_corpus(3000, 100, 10);
  EXPECT_EQ(synonyms_found(learn_word2vec(corpus, options_for(2)), 10), 20);
  Word2vecOptions untrained = options_for(1);
  untrained.learning_rate = 0;
  EXPECT_LT(synonyms_found(learn_word2vec(corpus, untrained), 10), 10);
  // 1,200 words: several buckets are trained side by side.
  EXPECT_GT(synonyms_found(learn_word2vec(synonym_corpus(3000, 100, 300), options_for(2)), 300), 590);
}

TEST(Word2vec, ThreadsDoNotChangeABit) {
  const SpaceCorpus corpus = synonym_corpus(2000, 100, 500);
  Word2vecOptions options = options_for(1);
  options.epochs = 1;
  const SpaceMatrix one = learn_word2vec(corpus, options);
  options.threads = 3;
  EXPECT_EQ(one.values, learn_word2vec(corpus, options).values);
  options.seed = 8;
  EXPECT_NE(one.values, learn_word2vec(corpus, options).values);
}

// Two turns an epoch, so that their number is beyond 32 bits.
TEST(Word2vec, TheProgressOfTheLongestTrainingIsAShareOfIt) {
  const SpaceCorpus corpus = synonym_corpus(1200, 100, 10);
  ASSERT_GT(corpus.tokens.size(), 100'000U);
  Word2vecOptions options = options_for(1);
  options.dimensions = 1;
  options.negatives = 1;
  options.epochs = std::numeric_limits<std::int32_t>::max();
  CancelFlag cancel;
  const CancelScope scope(cancel);
  double first = 0;
  const auto stop = [&](double fraction) {
    first = fraction;
    cancel.request();
  };
  expect_error(ErrorKind::kAborted, [&] { learn_word2vec(corpus, options, stop); });
  EXPECT_GT(first, 0.0);
  EXPECT_LT(first, 1e-8);
}

TEST(Word2vec, CancellingStopsAndBadOptionsAreRefused) {
  const SpaceCorpus corpus = synonym_corpus(50, 20, 2);
  {
    CancelFlag cancel;
    const CancelScope scope(cancel);
    const auto stop = [&](double) { cancel.request(); };
    expect_error(ErrorKind::kAborted, [&] { learn_word2vec(corpus, options_for(1), stop); });
  }
  Word2vecOptions bad = options_for(1);
  bad.window = 0;
  expect_error(
      ErrorKind::kConfig, [&] { learn_word2vec(corpus, bad); }, "window");
}

}  // namespace
}  // namespace dppo
