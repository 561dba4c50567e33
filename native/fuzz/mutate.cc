#include "mutate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace dppo::fuzz {

namespace {

constexpr std::array<std::uint64_t, 10> kExtremes{
    0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF};

// A random piece of a text.
struct Piece {
  std::size_t at;
  std::size_t size;
};

Piece piece_of(const std::string& text, RandomStream& random) {
  const std::size_t at = random.next_below(text.size());
  const std::size_t most = std::min<std::size_t>(text.size() - at, 1ULL << random.next_below(9));
  return {at, 1 + random.next_below(most)};
}

void write_extreme(std::string& text, RandomStream& random) {
  const std::uint64_t value = kExtremes[random.next_below(kExtremes.size())];
  const std::size_t size = 1ULL << random.next_below(4);
  const std::size_t at = random.next_below(text.size());
  std::memcpy(text.data() + at, &value, std::min(size, text.size() - at));
}

void change(std::string& text, const std::vector<std::string>& inputs, RandomStream& random) {
  if (text.empty()) text.assign(1, '\0');
  const Piece piece = piece_of(text, random);
  switch (random.next_below(7)) {
    case 0: text[piece.at] = static_cast<char>(text[piece.at] ^ (1 << random.next_below(8))); break;
    case 1: text[piece.at] = static_cast<char>(random.next_below(256)); break;
    case 2: write_extreme(text, random); break;
    case 3: text.erase(piece.at, piece.size); break;
    case 4: text.insert(random.next_below(text.size() + 1), text.substr(piece.at, piece.size)); break;
    case 5: text.replace(piece.at, piece.size, piece.size, static_cast<char>(random.next_below(256))); break;
    default: {
      const std::string& other = inputs[random.next_below(inputs.size())];
      if (other.empty()) break;
      const Piece taken = piece_of(other, random);
      text.insert(piece.at, other, taken.at, taken.size);
    }
  }
}

}  // namespace

std::string mutate(const std::vector<std::string>& inputs, RandomStream& random) {
  std::string text = inputs.at(random.next_below(inputs.size()));
  for (std::uint64_t left = 1 + random.next_below(8); left > 0; --left) change(text, inputs, random);
  if (text.size() > kMaxInput) text.resize(kMaxInput);
  return text;
}

std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<std::string> inputs;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  if (inputs.empty()) throw std::runtime_error(folder + " holds no inputs");
  return inputs;
}

}  // namespace dppo::fuzz
