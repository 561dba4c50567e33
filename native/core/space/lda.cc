#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "space/shards.h"

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
        topic_of_(corpus.tokens.size()) {
    RandomStream random(options.seed, 0);
    for (auto& topic : topic_of_) topic = static_cast<std::int32_t>(random.next_below(topics_));
    count();
  }

  void iterate(int iteration, const CancelFlag* cancel) {
    const auto shards = static_cast<int>(bounds_.size()) - 1;
    run_shards(shards, options_.threads, cancel, [&](int shard) {
      const std::uint64_t stream = 1 + static_cast<std::uint64_t>(iteration) * kMaxShards + shard;
      sample_shard(shard, RandomStream(options_.seed, stream), cancel);
    });
    count();
  }

  // words x topics.
  const std::vector<float>& word_topics() const { return word_topics_; }

 private:
  // Counts as floats: whole numbers far below 2^24, and the sampler needs no conversion.
  void count() {
    word_topics_.assign(static_cast<std::size_t>(corpus_.words) * topics_, 0.0f);
    topic_totals_.assign(topics_, 0.0f);
    for (std::size_t i = 0; i < topic_of_.size(); ++i) {
      const auto topic = static_cast<std::size_t>(topic_of_[i]);
      word_topics_[static_cast<std::size_t>(corpus_.tokens[i]) * topics_ + topic] += 1;
      topic_totals_[topic] += 1;
    }
  }

  void sample_shard(int shard, RandomStream random, const CancelFlag* cancel) {
    std::vector<float> word_topics = word_topics_;
    std::vector<float> totals = topic_totals_;
    std::vector<float> document(topics_);
    std::vector<float> weights(topics_);
    for (std::int64_t d = bounds_[shard]; d < bounds_[shard + 1]; ++d) {
      if (cancel) cancel->check();
      std::ranges::fill(document, 0.0f);
      for (std::int64_t i = corpus_.offsets[d]; i < corpus_.offsets[d + 1]; ++i) document[topic_of_[i]] += 1;
      for (std::int64_t i = corpus_.offsets[d]; i < corpus_.offsets[d + 1]; ++i) {
        float* const word = word_topics.data() + corpus_.tokens[i] * static_cast<std::int64_t>(topics_);
        const auto move = [&](std::int32_t topic, float by) {
          word[topic] += by;
          totals[topic] += by;
          document[topic] += by;
        };
        move(topic_of_[i], -1);
        topic_of_[i] = draw(document.data(), word, totals.data(), weights.data(), random.next_uniform());
        move(topic_of_[i], 1);
      }
    }
  }

  std::int32_t draw(const float* document, const float* word, const float* totals, float* weights,
                    double uniform) const {
    const auto alpha = static_cast<float>(alpha_);
    const auto beta = static_cast<float>(options_.beta);
    const float smoothing = beta * static_cast<float>(corpus_.words);
    for (std::size_t k = 0; k < topics_; ++k) {
      weights[k] = (document[k] + alpha) * (word[k] + beta) / (totals[k] + smoothing);
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
  std::vector<float> word_topics_;
  std::vector<float> topic_totals_;
};

void check_options(const LdaOptions& options) {
  if (options.topics < 1) throw Error(ErrorKind::kConfig, "topics: expected at least 1");
  if (options.iterations < 1) throw Error(ErrorKind::kConfig, "iterations: expected at least 1");
  if (!(options.beta > 0)) throw Error(ErrorKind::kConfig, "beta: expected a number above 0");
}

}  // namespace

SpaceMatrix learn_lda(const SpaceCorpus& corpus, const LdaOptions& options, const CancelFlag* cancel,
                      const SpaceProgress& progress) {
  check_corpus(corpus);
  check_options(options);
  Sampler sampler(corpus, options);
  SpaceMatrix result{corpus.words, options.topics, {}};
  result.values.assign(sampler.word_topics().size(), static_cast<float>(options.beta));
  // The mean over the second half of the chain is steadier than its last state.
  const int first_kept = options.iterations / 2;
  const auto share = 1.0f / static_cast<float>(options.iterations - first_kept);
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    sampler.iterate(iteration, cancel);
    if (iteration >= first_kept) {
      for (std::size_t i = 0; i < result.values.size(); ++i) result.values[i] += share * sampler.word_topics()[i];
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
