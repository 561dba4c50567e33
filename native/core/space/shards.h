// Work in pieces that depend on the corpus only, so that the number of threads never changes a result.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "space/space.h"

namespace dppo {

// Runs body(0) .. body(count - 1) on `threads` threads (0: as many as the machine has). Pieces must not share what they
// write. All threads are in the cancel scope of the caller, which is looked at before each piece. Throws the first
// exception, by piece, once all threads have ended.
void run_shards(int count, int threads, const std::function<void(int)>& body);

// Returns the bounds of `shards` runs of documents with about equally many tokens, (shards + 1): run s is documents
// [bounds[s], bounds[s + 1]).
std::vector<std::int64_t> document_shards(const SpaceCorpus& corpus, int shards);

// Throws Error(kData) unless offsets rise from 0 to the number of tokens, which is above 0, and every token is a word
// of the vocabulary.
void check_corpus(const SpaceCorpus& corpus);

// Returns the occurrences of every word, (words).
std::vector<std::int64_t> word_counts(const SpaceCorpus& corpus);

}  // namespace dppo
