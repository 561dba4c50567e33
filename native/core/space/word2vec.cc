#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/random.h"
#include "space/shards.h"

namespace dppo {

namespace {

// A round trains blocks side by side, each on its own copy of the rows it touches; then the copies' changes are merged,
// block after block. Blocks and rounds follow from the corpus alone.
constexpr std::int64_t kBlockTokens = 8192;
constexpr std::int64_t kMaxWidth = 8;
// Small corpora have few rounds: then fewer blocks side by side, so that each learns from the one before.
constexpr std::int64_t kMinRounds = 16;
constexpr float kPower = 1.0f;  // TUNE

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

// A block's own copies of the rows that it touches.
class LocalRows {
 public:
  LocalRows(const std::vector<float>& shared, std::size_t dimensions)
      : shared_(shared), dimensions_(dimensions), at_(shared.size() / dimensions, -1) {
    values_.reserve(shared.size());  // so that rows stay where they are
  }

  float* touch(std::int64_t word) {
    std::int64_t& at = at_[static_cast<std::size_t>(word)];
    if (at < 0) {
      at = static_cast<std::int64_t>(values_.size());
      const auto from = shared_.begin() + word * static_cast<std::int64_t>(dimensions_);
      values_.insert(values_.end(), from, from + static_cast<std::int64_t>(dimensions_));
    }
    return values_.data() + at;
  }

  // Null for a row that was not touched.
  const float* find(std::int64_t word) const {
    const std::int64_t at = at_[static_cast<std::size_t>(word)];
    return at < 0 ? nullptr : values_.data() + at;
  }

 private:
  const std::vector<float>& shared_;
  std::size_t dimensions_;
  std::vector<std::int64_t> at_;
  std::vector<float> values_;
};

struct Block {
  Block(const std::vector<float>& in, const std::vector<float>& out, std::size_t dimensions)
      : input(in, dimensions), output(out, dimensions) {}
  LocalRows input;
  LocalRows output;
};

// Words drawn with probability proportional to count^0.75 (Mikolov et al. 2013).
class NoiseTable {
 public:
  explicit NoiseTable(const std::vector<std::int64_t>& counts) : words_(std::size_t{1} << kBits) {
    double total = 0;
    for (const auto count : counts) total += std::pow(static_cast<double>(count), 0.75);
    double reached = 0;
    std::size_t slot = 0;
    for (std::size_t word = 0; word < counts.size(); ++word) {
      reached += std::pow(static_cast<double>(counts[word]), 0.75);
      const auto end = static_cast<std::size_t>(reached / total * static_cast<double>(words_.size()));
      while (slot < std::min(end, words_.size())) words_[slot++] = static_cast<std::int32_t>(word);
    }
    while (slot < words_.size()) words_[slot++] = static_cast<std::int32_t>(counts.size()) - 1;
  }
  std::int32_t draw(RandomStream& random) const { return words_[random.next_u64() >> (64 - kBits)]; }

 private:
  static constexpr int kBits = 20;
  std::vector<std::int32_t> words_;
};

class SkipGram {
 public:
  SkipGram(const SpaceCorpus& corpus, const Word2vecOptions& options)
      : corpus_(corpus),
        options_(options),
        dimensions_(static_cast<std::size_t>(options.dimensions)),
        noise_(word_counts(corpus)),
        kept_(keep_shares(corpus, options)),
        input_(static_cast<std::size_t>(corpus.words) * dimensions_),
        output_(input_.size()) {
    for (std::int32_t word = 0; word < corpus.words; ++word) {
      RandomStream random(options.seed, static_cast<std::uint64_t>(word));
      float* const row = input_.data() + static_cast<std::size_t>(word) * dimensions_;
      for (std::size_t i = 0; i < dimensions_; ++i) {
        row[i] = static_cast<float>((random.next_uniform() - 0.5) / options.dimensions);
      }
    }
  }

  // Trains the documents [bounds[i], bounds[i + 1]) of `width` blocks from `first` on side by side.
  void round(const std::vector<std::int64_t>& bounds, int first, int width, std::uint64_t epoch, double rate,
             const CancelFlag* cancel) {
    std::vector<std::unique_ptr<Block>> blocks(static_cast<std::size_t>(width));
    run_shards(width, options_.threads, cancel, [&](int i) {
      auto block = std::make_unique<Block>(input_, output_, dimensions_);
      // Beyond the streams of the initial vectors.
      const std::uint64_t stream = (epoch + 1) * (std::uint64_t{1} << 40) + static_cast<std::uint64_t>(first + i);
      RandomStream random(options_.seed, stream);
      for (std::int64_t d = bounds[first + i]; d < bounds[first + i + 1]; ++d) {
        if (cancel) cancel->check();
        train_document(d, *block, random, static_cast<float>(rate));
      }
      blocks[static_cast<std::size_t>(i)] = std::move(block);
    });
    merge(blocks, cancel);
  }

  std::vector<float> take_input() { return std::move(input_); }

 private:
  // Share of a word's occurrences that is kept: frequent words are thinned out.
  static std::vector<double> keep_shares(const SpaceCorpus& corpus, const Word2vecOptions& options) {
    std::vector<double> shares;
    const double limit = options.subsample * static_cast<double>(corpus.tokens.size());
    for (const auto count : word_counts(corpus)) {
      const double ratio = limit / static_cast<double>(std::max<std::int64_t>(count, 1));
      shares.push_back(options.subsample > 0 ? std::sqrt(ratio) + ratio : 1.0);
    }
    return shares;
  }

  void train_document(std::int64_t document, Block& block, RandomStream& random, float rate) {
    std::vector<std::int32_t> words;
    for (std::int64_t i = corpus_.offsets[document]; i < corpus_.offsets[document + 1]; ++i) {
      const std::int32_t word = corpus_.tokens[i];
      if (random.next_uniform() < kept_[static_cast<std::size_t>(word)]) words.push_back(word);
    }
    const auto length = static_cast<std::int64_t>(words.size());
    std::vector<float> change(dimensions_);
    for (std::int64_t centre = 0; centre < length; ++centre) {
      // A window of random size weighs near neighbours more.
      const auto reach = 1 + static_cast<std::int64_t>(random.next_below(static_cast<std::uint64_t>(options_.window)));
      const std::int64_t last = std::min(length - 1, centre + reach);
      for (std::int64_t near = std::max<std::int64_t>(0, centre - reach); near <= last; ++near) {
        if (near != centre) train_pair(words[centre], words[near], block, random, rate, change);
      }
    }
  }

  // One step up the gradient of log s(u.v) + sum over noise of log s(-u'.v) for the pair's vectors v and u.
  void train_pair(std::int32_t centre, std::int32_t near, Block& block, RandomStream& random, float rate,
                  std::vector<float>& change) const {
    float* const v = block.input.touch(centre);
    std::ranges::fill(change, 0.0f);
    for (int sample = 0; sample <= options_.negatives; ++sample) {
      const std::int32_t word = sample == 0 ? near : noise_.draw(random);
      if (sample > 0 && word == near) continue;
      float* const u = block.output.touch(word);
      const float truth = sample == 0 ? 1.0f : 0.0f;
      const float step = rate * (truth - 1.0f / (1.0f + std::exp(-dot(u, v, dimensions_))));
      add_scaled(change.data(), u, step, dimensions_);
      add_scaled(u, v, step, dimensions_);
    }
    add_scaled(v, change.data(), 1.0f, dimensions_);
  }

  void merge(const std::vector<std::unique_ptr<Block>>& blocks, const CancelFlag* cancel) {
    constexpr std::int64_t kRows = 512;
    const auto shards = static_cast<int>((corpus_.words + kRows - 1) / kRows);
    run_shards(shards, options_.threads, cancel, [&](int shard) {
      const std::int64_t end = std::min<std::int64_t>(corpus_.words, (shard + 1) * kRows);
      for (std::int64_t word = shard * kRows; word < end; ++word) {
        merge_row(input_, blocks, &Block::input, word);
        merge_row(output_, blocks, &Block::output, word);
      }
    });
  }

  void merge_row(std::vector<float>& shared, const std::vector<std::unique_ptr<Block>>& blocks, LocalRows Block::*table,
                 std::int64_t word) const {
    std::vector<const float*> copies;
    for (const auto& block : blocks) {
      if (const float* copy = ((*block).*table).find(word)) copies.push_back(copy);
    }
    if (copies.empty()) return;
    float* const row = shared.data() + static_cast<std::size_t>(word) * dimensions_;
    const float share = 1.0f / std::pow(static_cast<float>(copies.size()), kPower);
    for (std::size_t i = 0; i < dimensions_; ++i) {
      float sum = 0;
      for (const float* copy : copies) sum += copy[i] - row[i];
      row[i] += share * sum;
    }
  }

  const SpaceCorpus& corpus_;
  const Word2vecOptions& options_;
  std::size_t dimensions_;
  NoiseTable noise_;
  std::vector<double> kept_;
  std::vector<float> input_;   // words as centres: the result
  std::vector<float> output_;  // words as neighbours
};

void check_options(const Word2vecOptions& options) {
  if (options.dimensions < 1) throw Error(ErrorKind::kConfig, "dimensions: expected at least 1");
  if (options.window < 1) throw Error(ErrorKind::kConfig, "window: expected at least 1");
  if (options.negatives < 1) throw Error(ErrorKind::kConfig, "negatives: expected at least 1");
  if (options.epochs < 1) throw Error(ErrorKind::kConfig, "epochs: expected at least 1");
}

}  // namespace

SpaceMatrix learn_word2vec(const SpaceCorpus& corpus, const Word2vecOptions& options, const CancelFlag* cancel,
                           const SpaceProgress& progress) {
  check_corpus(corpus);
  check_options(options);
  const auto tokens = static_cast<std::int64_t>(corpus.tokens.size());
  const std::int64_t blocks = (tokens + kBlockTokens - 1) / kBlockTokens;
  const auto width = static_cast<int>(std::clamp<std::int64_t>(blocks / kMinRounds, 1, kMaxWidth));
  const auto rounds = static_cast<int>((blocks + width - 1) / width);
  const std::vector<std::int64_t> bounds = document_shards(corpus, rounds * width);
  SkipGram model(corpus, options);
  const double total = static_cast<double>(rounds) * options.epochs;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    for (int round = 0; round < rounds; ++round) {
      const double done = (epoch * rounds + round) / total;
      const double rate = options.learning_rate * std::max(1e-4, 1 - done);
      model.round(bounds, round * width, width, static_cast<std::uint64_t>(epoch), rate, cancel);
      if (progress) progress(done + 1 / total);
    }
  }
  return {corpus.words, options.dimensions, model.take_input()};
}

}  // namespace dppo
