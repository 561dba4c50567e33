#include "fixture.h"

#include <cstdlib>

#include "base/random.h"
#include "checkpoint/model_folder.h"
#include "io/file.h"

namespace dppo {

namespace {

// Every shape of bench/shapes has at least this many tokens.
constexpr std::uint64_t kSmallestVocabulary = 1024;

std::shared_ptr<Policy> make(const std::string& shape, const LoadOptions& options) {
  const char* folder = std::getenv("DPPO_BENCH_MODELS");
  if (folder != nullptr) return load_policy(std::string(folder) + "/" + shape, options);
  return create_policy(read_text_file(std::string(DPPO_BENCH_SHAPES) + "/" + shape + ".json"), options);
}

}  // namespace

std::shared_ptr<Policy> frozen_model(const std::string& shape, const std::string& dtype) {
  static std::string kept_name;
  static std::shared_ptr<Policy> kept;
  const std::string name = shape + " " + dtype;
  if (name != kept_name) {
    kept.reset();
    LoadOptions options;
    options.dtype = dtype;
    kept = make(shape, options);
    kept_name = name;
  }
  return kept;
}

std::shared_ptr<Policy> trainable_model(const std::string& shape) {
  LoadOptions options;
  options.trainable = true;
  options.value_head = true;
  return make(shape, options);
}

TokenRows random_rows(const std::vector<std::size_t>& lengths, std::uint64_t seed) {
  TokenRows rows(lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    RandomStream random(seed, i);
    for (std::size_t t = 0; t < lengths[i]; ++t) {
      rows[i].push_back(static_cast<std::int64_t>(4 + random.next_below(kSmallestVocabulary - 4)));
    }
  }
  return rows;
}

std::vector<std::size_t> ragged_lengths(std::size_t rows) {
  RandomStream random(7, 0);
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < rows; ++i) lengths.push_back(20 + random.next_below(281));
  return lengths;
}

GenerateOptions sampling(std::size_t rows, std::int64_t new_tokens) {
  GenerateOptions options;
  options.max_new_tokens = new_tokens;
  options.do_sample = true;
  for (std::uint64_t i = 0; i < rows; ++i) options.streams.emplace_back(0, i);
  return options;
}

}  // namespace dppo
