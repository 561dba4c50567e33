// Changes inputs at random, for machines without libFuzzer and for the short run among the tests.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"

namespace dppo::fuzz {

// Bytes of the longest input that mutate() makes.
inline constexpr std::size_t kMaxInput = 1 << 16;

// Returns one of `inputs` with one to eight changes: bits flipped, bytes replaced, extreme numbers written, pieces
// removed, repeated or taken from another input. The same stream gives the same result.
std::string mutate(const std::vector<std::string>& inputs, RandomStream& random);

// Returns the contents of the files in a folder in the order of their names.
std::vector<std::string> read_corpus(const std::string& folder);

}  // namespace dppo::fuzz
