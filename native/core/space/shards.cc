#include "space/shards.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "base/cancel.h"
#include "base/error.h"

namespace dppo {

void run_shards(int count, int threads, const std::function<void(int)>& body) {
  const int available = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
  std::atomic<int> next{0};
  std::atomic<bool> failed{false};
  const CancelFlag* const flag = current_cancel_flag();
  const auto work = [&] {
    const CancelScope scope(flag);
    for (int shard = next++; shard < count && !failed; shard = next++) {
      try {
        check_cancelled();
        body(shard);
      } catch (...) {
        errors[static_cast<std::size_t>(shard)] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < std::min(available, count); ++i) helpers.emplace_back(work);
    work();
  }
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

std::vector<std::int64_t> document_shards(const SpaceCorpus& corpus, int shards) {
  const auto tokens = static_cast<std::int64_t>(corpus.tokens.size());
  std::vector<std::int64_t> bounds{0};
  for (int shard = 1; shard < shards; ++shard) {
    const auto at = std::ranges::lower_bound(corpus.offsets, tokens * shard / shards);
    bounds.push_back(std::max(bounds.back(), static_cast<std::int64_t>(at - corpus.offsets.begin())));
  }
  bounds.push_back(static_cast<std::int64_t>(corpus.offsets.size()) - 1);
  return bounds;
}

void check_corpus(const SpaceCorpus& corpus) {
  const auto& offsets = corpus.offsets;
  const bool whole = offsets.size() >= 2 && offsets.front() == 0 && std::ranges::is_sorted(offsets) &&
                     offsets.back() == static_cast<std::int64_t>(corpus.tokens.size());
  if (!whole) throw Error(ErrorKind::kData, "corpus: offsets must rise from 0 to the number of tokens");
  if (corpus.tokens.empty()) throw Error(ErrorKind::kData, "corpus: no token is a word of the vocabulary");
  const auto unknown = [&](std::int32_t token) { return token < 0 || token >= corpus.words; };
  if (std::ranges::any_of(corpus.tokens, unknown)) {
    throw Error(ErrorKind::kData, "corpus: a token is not below the vocabulary's " + std::to_string(corpus.words));
  }
}

std::vector<std::int64_t> word_counts(const SpaceCorpus& corpus) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(corpus.words));
  for (const std::int32_t token : corpus.tokens) ++counts[static_cast<std::size_t>(token)];
  return counts;
}

}  // namespace dppo
