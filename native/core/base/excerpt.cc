#include "base/excerpt.h"

namespace dppo {

std::string excerpt(std::string_view text) {
  const bool cut = text.size() > kMaxExcerpt;
  std::size_t size = cut ? kMaxExcerpt : text.size();
  // A character of UTF-8 is not cut in two.
  while (cut && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  std::string quoted(text.substr(0, size));
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return cut ? quoted + "..." : quoted;
}

}  // namespace dppo
