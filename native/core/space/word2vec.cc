#include <algorithm>
#include <cmath>

#include "base/cancel.h"
#include "base/error.h"
#include "base/random.h"
#include "space/shards.h"

namespace dppo {

namespace {

// The vocabulary is cut into parts, the pairs of a stretch of text into buckets by the parts of their two words.
// Buckets without a part in common touch different vectors and are trained side by side, without copies and without
// waiting (Gemulla et al. 2011; noise words come from the neighbour's part, as in Lerer et al. 2019). Parts, buckets
// and their order follow from the corpus alone.
constexpr int kMaxParts = 8;
constexpr std::int32_t kWordsPerPart = 500;
constexpr std::int64_t kTokensPerTurn = 100'000;

float dot(const float* __restrict a, const float* __restrict b, std::size_t n) {
  // Eight sums, so that the compiler may use vector registers without changing the order of additions.
  float sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float rest = 0;
  for (; i < n; ++i) rest += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest;
}

void add_scaled(float* __restrict to, const float* __restrict from, float scale, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] += scale * from[i];
}

// Words drawn with probability proportional to count^0.75 (Mikolov et al. 2013).
class NoiseTable {
 public:
  // Draws from `words` only; `counts` are those of the whole vocabulary.
  NoiseTable(const std::vector<std::int32_t>& words, const std::vector<std::int64_t>& counts)
      : slots_(std::size_t{1} << kBits, words.back()) {
    const auto weight = [&](std::int32_t word) { return std::pow(static_cast<double>(counts[word]), 0.75); };
    double total = 0;
    for (const std::int32_t word : words) total += weight(word);
    double reached = 0;
    std::size_t slot = 0;
    for (const std::int32_t word : words) {
      reached += weight(word) / total * static_cast<double>(slots_.size());
      while (slot < slots_.size() && static_cast<double>(slot) + 0.5 < reached) slots_[slot++] = word;
    }
  }
  std::int32_t draw(RandomStream& random) const { return slots_[random.next_u64() >> (64 - kBits)]; }

 private:
  static constexpr int kBits = 17;
  std::vector<std::int32_t> slots_;
};

struct Pair {
  std::int32_t centre;
  std::int32_t near;
};

class SkipGram {
 public:
  SkipGram(const SpaceCorpus& corpus, const Word2vecOptions& options)
      : corpus_(corpus),
        options_(options),
        dimensions_(static_cast<std::size_t>(options.dimensions)),
        parts_(std::clamp(corpus.words / kWordsPerPart, 1, kMaxParts)),
        kept_(keep_shares(corpus, options)),
        buckets_(static_cast<std::size_t>(parts_) * static_cast<std::size_t>(parts_)),
        input_(static_cast<std::size_t>(corpus.words) * dimensions_),
        output_(input_.size()) {
    const std::vector<std::int64_t> counts = word_counts(corpus);
    for (int part = 0; part < parts_; ++part) {
      std::vector<std::int32_t> words;
      for (std::int32_t word = part; word < corpus.words; word += parts_) words.push_back(word);
      noise_.emplace_back(words, counts);
    }
    for (std::int32_t word = 0; word < corpus.words; ++word) {
      RandomStream random(options.seed, static_cast<std::uint64_t>(word));
      float* const row = row_of(input_, word);
      for (std::size_t i = 0; i < dimensions_; ++i) {
        row[i] = static_cast<float>((random.next_uniform() - 0.5) / options.dimensions);
      }
    }
  }

  // Trains on documents [begin, end). `turn` numbers the calls: it picks the random streams.
  void train(std::int64_t begin, std::int64_t end, std::uint64_t turn, double rate) {
    // Beyond the streams of the initial vectors.
    const std::uint64_t stream = (std::uint64_t{1} << 32) + turn * (1 + kMaxParts * kMaxParts);
    collect_pairs(begin, end, RandomStream(options_.seed, stream));
    for (int shift = 0; shift < parts_; ++shift) {
      run_shards(parts_, options_.threads, [&](int part) {
        const int other = (part + shift) % parts_;
        const int bucket = part * parts_ + other;
        RandomStream random(options_.seed, stream + 1 + static_cast<std::uint64_t>(bucket));
        train_bucket(buckets_[static_cast<std::size_t>(bucket)], noise_[static_cast<std::size_t>(other)], random,
                     static_cast<float>(rate));
      });
    }
  }

  std::vector<float> take_input() { return std::move(input_); }

 private:
  // Returns the share of each word's occurrences that is kept: frequent words are thinned out.
  static std::vector<double> keep_shares(const SpaceCorpus& corpus, const Word2vecOptions& options) {
    std::vector<double> shares;
    const double limit = options.subsample * static_cast<double>(corpus.tokens.size());
    for (const auto count : word_counts(corpus)) {
      const double ratio = limit / static_cast<double>(std::max<std::int64_t>(count, 1));
      shares.push_back(options.subsample > 0 ? std::sqrt(ratio) + ratio : 1.0);
    }
    return shares;
  }

  float* row_of(std::vector<float>& table, std::int32_t word) const {
    return table.data() + static_cast<std::size_t>(word) * dimensions_;
  }

  void collect_pairs(std::int64_t begin, std::int64_t end, RandomStream random) {
    for (auto& bucket : buckets_) bucket.clear();
    std::vector<std::int32_t> words;
    for (std::int64_t document = begin; document < end; ++document) {
      words.clear();
      for (std::int64_t i = corpus_.offsets[document]; i < corpus_.offsets[document + 1]; ++i) {
        const std::int32_t word = corpus_.tokens[i];
        if (random.next_uniform() < kept_[static_cast<std::size_t>(word)]) words.push_back(word);
      }
      collect_windows(words, random);
    }
  }

  void collect_windows(const std::vector<std::int32_t>& words, RandomStream& random) {
    const auto length = static_cast<std::int64_t>(words.size());
    for (std::int64_t centre = 0; centre < length; ++centre) {
      // A window of random size weighs near neighbours more.
      const auto reach = 1 + static_cast<std::int64_t>(random.next_below(static_cast<std::uint64_t>(options_.window)));
      const std::int64_t last = std::min(length - 1, centre + reach);
      for (std::int64_t near = std::max<std::int64_t>(0, centre - reach); near <= last; ++near) {
        if (near == centre) continue;
        const int bucket = words[centre] % parts_ * parts_ + words[near] % parts_;
        buckets_[static_cast<std::size_t>(bucket)].push_back({words[centre], words[near]});
      }
    }
  }

  void train_bucket(const std::vector<Pair>& pairs, const NoiseTable& noise, RandomStream& random, float rate) {
    std::vector<float> change(dimensions_);
    for (const Pair& pair : pairs) {
      check_cancelled();
      train_pair(pair, noise, random, rate, change);
    }
  }

  // Takes a step up the gradient of log s(u.v) + sum over noise of log s(-u'.v) for the pair's vectors v and u, with
  // the logistic function s.
  void train_pair(const Pair& pair, const NoiseTable& noise, RandomStream& random, float rate,
                  std::vector<float>& change) {
    float* const v = row_of(input_, pair.centre);
    std::ranges::fill(change, 0.0F);
    for (int sample = 0; sample <= options_.negatives; ++sample) {
      const std::int32_t word = sample == 0 ? pair.near : noise.draw(random);
      if (sample > 0 && word == pair.near) continue;
      float* const u = row_of(output_, word);
      const float truth = sample == 0 ? 1.0F : 0.0F;
      const float step = rate * (truth - 1.0F / (1.0F + std::exp(-dot(u, v, dimensions_))));
      add_scaled(change.data(), u, step, dimensions_);
      add_scaled(u, v, step, dimensions_);
    }
    add_scaled(v, change.data(), 1.0F, dimensions_);
  }

  const SpaceCorpus& corpus_;
  const Word2vecOptions& options_;
  std::size_t dimensions_;
  int parts_;
  std::vector<double> kept_;
  std::vector<NoiseTable> noise_;           // one a part
  std::vector<std::vector<Pair>> buckets_;  // by part of the centre, then by part of the neighbour
  std::vector<float> input_;                // words as centres: the result
  std::vector<float> output_;               // words as neighbours
};

void check_options(const Word2vecOptions& options) {
  if (options.dimensions < 1) throw Error(ErrorKind::kConfig, "dimensions: expected at least 1");
  if (options.window < 1) throw Error(ErrorKind::kConfig, "window: expected at least 1");
  if (options.negatives < 1) throw Error(ErrorKind::kConfig, "negatives: expected at least 1");
  if (options.epochs < 1) throw Error(ErrorKind::kConfig, "epochs: expected at least 1");
}

}  // namespace

SpaceMatrix learn_word2vec(const SpaceCorpus& corpus, const Word2vecOptions& options, const SpaceProgress& progress) {
  check_corpus(corpus);
  check_options(options);
  const auto tokens = static_cast<std::int64_t>(corpus.tokens.size());
  const std::int64_t turns = (tokens + kTokensPerTurn - 1) / kTokensPerTurn;
  const std::vector<std::int64_t> bounds = document_shards(corpus, static_cast<int>(turns));
  SkipGram model(corpus, options);
  const std::int64_t total = turns * options.epochs;
  for (std::int64_t turn = 0; turn < total; ++turn) {
    const double done = static_cast<double>(turn) / static_cast<double>(total);
    const double rate = options.learning_rate * std::max(1e-4, 1 - done);
    const std::int64_t at = turn % turns;
    model.train(bounds[at], bounds[at + 1], static_cast<std::uint64_t>(turn), rate);
    if (progress) progress(static_cast<double>(turn + 1) / static_cast<double>(total));
  }
  return {corpus.words, options.dimensions, model.take_input()};
}

}  // namespace dppo
