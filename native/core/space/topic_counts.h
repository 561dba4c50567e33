// How often words occur with topics.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dppo {

// Tokens by word and topic, and by topic alone. Whole numbers: float32 would stay at 2^24 when 1 is added.
class TopicCounts {
 public:
  TopicCounts(std::int32_t words, std::int32_t topics)
      : topics_(static_cast<std::size_t>(topics)),
        word_topics_(static_cast<std::size_t>(words) * topics_),
        totals_(topics_) {}

  // Forgets all tokens.
  void clear() {
    std::ranges::fill(word_topics_, 0);
    std::ranges::fill(totals_, 0);
  }

  // Adds `by` tokens of a word to a topic.
  void add(std::int32_t word, std::int32_t topic, std::int32_t by) {
    word_topics_[static_cast<std::size_t>(word) * topics_ + static_cast<std::size_t>(topic)] += by;
    totals_[static_cast<std::size_t>(topic)] += by;
  }

  // Returns the tokens of a word by topic.
  const std::int32_t* of_word(std::int32_t word) const {
    return word_topics_.data() + static_cast<std::size_t>(word) * topics_;
  }

  // Returns the tokens by topic.
  const std::int32_t* totals() const { return totals_.data(); }

  // Returns of_word of all words, (words, topics).
  const std::vector<std::int32_t>& word_topics() const { return word_topics_; }

 private:
  std::size_t topics_;
  std::vector<std::int32_t> word_topics_;
  std::vector<std::int32_t> totals_;
};

}  // namespace dppo
