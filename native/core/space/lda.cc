#include <algorithm>
#include <limits>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "space/shards.h"
#include "space/topic_counts.h"

namespace dppo {

namespace {

// Shards are as many as a large machine has cores, unless that left them too little text to sample from.
constexpr std::int64_t kMaxShards = 16;
constexpr std::int64_t kTokensPerShard = 4096;

// Collapsed Gibbs sampling (Griffiths & Steyvers 2004) in shards that see one another's counts at the end of each
// iteration (Newman, Asuncion, Smyth & Welling 2009).
class Sampler {
 public:
  Sampler(const SpaceCorpus& corpus, const LdaOptions& options)
      : corpus_(corpus),
        options_(options),
        topics_(static_cast<std::size_t>(options.topics)),
        alpha_(options.alpha > 0 ? options.alpha : 1.0 / options.topics),
        bounds_(document_shards(
            corpus, static_cast<int>(std::clamp<std::int64_t>(
                        static_cast<std::int64_t>(corpus.tokens.size()) / kTokensPerShard, 1, kMaxShards)))),
        topic_of_(corpus.tokens.size()),
        counts_(corpus.words, options.topics) {
    RandomStream random(options.seed, 0);
    for (auto& topic : topic_of_) topic = static_cast<std::int32_t>(random.next_below(topics_));
    count();
  }

  void iterate(int iteration) {
    const auto shards = static_cast<int>(bounds_.size()) - 1;
    run_shards(shards, options_.threads, [&](int shard) {
      const std::uint64_t stream = 1 + static_cast<std::uint64_t>(iteration) * kMaxShards + shard;
      sample_shard(shard, RandomStream(options_.seed, stream));
    });
    count();
  }

  // Returns the tokens of each word by topic, (words, topics).
  const std::vector<std::int32_t>& word_topics() const { return counts_.word_topics(); }

 private:
  void count() {
    counts_.clear();
    for (std::size_t i = 0; i < topic_of_.size(); ++i) counts_.add(corpus_.tokens[i], topic_of_[i], 1);
  }

  void sample_shard(int shard, RandomStream random) {
    TopicCounts counts = counts_;
    std::vector<std::int32_t> document(topics_);
    std::vector<float> weights(topics_);
    for (std::int64_t d = bounds_[shard]; d < bounds_[shard + 1]; ++d) {
      check_cancelled();
      std::ranges::fill(document, 0);
      for (std::int64_t i = corpus_.offsets[d]; i < corpus_.offsets[d + 1]; ++i) document[topic_of_[i]] += 1;
      for (std::int64_t i = corpus_.offsets[d]; i < corpus_.offsets[d + 1]; ++i) {
        const std::int32_t word = corpus_.tokens[i];
        const auto add = [&](std::int32_t topic, std::int32_t by) {
          counts.add(word, topic, by);
          document[topic] += by;
        };
        add(topic_of_[i], -1);
        topic_of_[i] =
            draw(document.data(), counts.of_word(word), counts.totals(), weights.data(), random.next_uniform());
        add(topic_of_[i], 1);
      }
    }
  }

  // Returns a topic drawn for a token that is not among the counts of its document, its word and all tokens.
  std::int32_t draw(const std::int32_t* document, const std::int32_t* word, const std::int32_t* totals, float* weights,
                    double uniform) const {
    const auto number = [](std::int32_t count) { return static_cast<float>(count); };
    const auto alpha = static_cast<float>(alpha_);
    const auto beta = static_cast<float>(options_.beta);
    const float smoothing = beta * static_cast<float>(corpus_.words);
    for (std::size_t k = 0; k < topics_; ++k) {
      weights[k] = (number(document[k]) + alpha) * (number(word[k]) + beta) / (number(totals[k]) + smoothing);
    }
    double sum = 0;
    for (std::size_t k = 0; k < topics_; ++k) sum += weights[k];
    double left = uniform * sum;
    std::size_t topic = 0;
    while (topic + 1 < topics_ && left >= weights[topic]) left -= weights[topic++];
    return static_cast<std::int32_t>(topic);
  }

  const SpaceCorpus& corpus_;
  const LdaOptions& options_;
  std::size_t topics_;
  double alpha_;
  std::vector<std::int64_t> bounds_;
  std::vector<std::int32_t> topic_of_;  // one a token
  TopicCounts counts_;
};

void check_options(const LdaOptions& options) {
  if (options.topics < 1) throw Error(ErrorKind::kConfig, "topics: expected at least 1");
  if (options.iterations < 1) throw Error(ErrorKind::kConfig, "iterations: expected at least 1");
  if (!(options.beta > 0)) throw Error(ErrorKind::kConfig, "beta: expected a number above 0");
}

}  // namespace

SpaceMatrix learn_lda(const SpaceCorpus& corpus, const LdaOptions& options, const SpaceProgress& progress) {
  check_corpus(corpus);
  check_options(options);
  if (corpus.tokens.size() > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::kData, "corpus: expected at most 2147483647 tokens");
  }
  Sampler sampler(corpus, options);
  SpaceMatrix result{corpus.words, options.topics, {}};
  result.values.assign(sampler.word_topics().size(), static_cast<float>(options.beta));
  // The mean over the second half of the chain is steadier than its last state.
  const int first_kept = options.iterations / 2;
  const auto share = 1.0F / static_cast<float>(options.iterations - first_kept);
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    sampler.iterate(iteration);
    if (iteration >= first_kept) {
      for (std::size_t i = 0; i < result.values.size(); ++i) {
        result.values[i] += share * static_cast<float>(sampler.word_topics()[i]);
      }
    }
    if (progress) progress((iteration + 1) / static_cast<double>(options.iterations));
  }
  for (auto row = result.values.begin(); row != result.values.end(); row += options.topics) {
    double sum = 0;
    for (auto at = row; at != row + options.topics; ++at) sum += *at;
    for (auto at = row; at != row + options.topics; ++at) *at = static_cast<float>(*at / sum);
  }
  return result;
}

}  // namespace dppo
