// Work in pieces that depend on the corpus only, so that the number of threads never changes a result.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "space/space.h"

namespace dppo {

// Runs body(0) .. body(count - 1) on `threads` threads (0: as many as the machine has). Pieces must not share what they
// write. The first exception, by piece, is thrown once all threads have ended; cancelling stops before the next piece.
void run_shards(int count, int threads, const CancelFlag* cancel, const std::function<void(int)>& body);

// Documents cut into `shards` runs of about equally many tokens: run s is documents [bounds[s], bounds[s + 1]).
std::vector<std::int64_t> document_shards(const SpaceCorpus& corpus, int shards);

// Throws Error(kData) unless offsets rise from 0 to the number of tokens and every token is a word of the vocabulary.
void check_corpus(const SpaceCorpus& corpus);

// Occurrences of every word.
std::vector<std::int64_t> word_counts(const SpaceCorpus& corpus);

}  // namespace dppo
