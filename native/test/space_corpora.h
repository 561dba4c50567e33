// Corpora with a known structure.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "space/space.h"

namespace dppo {

// Every document is about two topics (or twice about one): its words are drawn from the `words_per_topic` words of
// either. Word w belongs to topic w / words_per_topic.
inline SpaceCorpus topic_corpus(int documents, int length, int topics, int words_per_topic) {
  SpaceCorpus corpus;
  corpus.words = topics * words_per_topic;
  corpus.offsets.push_back(0);
  for (int d = 0; d < documents; ++d) {
    RandomStream random(17, static_cast<std::uint64_t>(d));
    for (int i = 0; i < length; ++i) {
      const int topic = random.next_below(2) == 0 ? d % topics : d / topics % topics;
      const auto within = static_cast<std::int32_t>(random.next_below(static_cast<std::uint64_t>(words_per_topic)));
      corpus.tokens.push_back(topic * words_per_topic + within);
    }
    corpus.offsets.push_back(static_cast<std::int64_t>(corpus.tokens.size()));
  }
  return corpus;
}

// Words 2k and 2k + 1 are synonyms: either is drawn where the other could stand, each time followed by one of the two
// companions of pair k. The companions are words 2 * pairs + 2k and 2 * pairs + 2k + 1.
inline SpaceCorpus synonym_corpus(int documents, int length, int pairs) {
  SpaceCorpus corpus;
  corpus.words = 4 * pairs;
  corpus.offsets.push_back(0);
  for (int d = 0; d < documents; ++d) {
    RandomStream random(23, static_cast<std::uint64_t>(d));
    for (int i = 0; i < length; i += 2) {
      const auto pair = static_cast<std::int32_t>(random.next_below(static_cast<std::uint64_t>(pairs)));
      corpus.tokens.push_back(2 * pair + static_cast<std::int32_t>(random.next_below(2)));
      corpus.tokens.push_back(2 * pairs + 2 * pair + static_cast<std::int32_t>(random.next_below(2)));
    }
    corpus.offsets.push_back(static_cast<std::int64_t>(corpus.tokens.size()));
  }
  return corpus;
}

}  // namespace dppo
