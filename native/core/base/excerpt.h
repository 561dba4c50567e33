// Quotes text of files in messages.
#pragma once

#include <string>
#include <string_view>

namespace dppo {

// Bytes of a quoted text. A name or value of a file that means harm could have megabytes.
inline constexpr std::size_t kMaxExcerpt = 120;

// Returns `text` for a message: control characters become '?', and what is longer than kMaxExcerpt bytes ends with
// "...".
std::string excerpt(std::string_view text);

}  // namespace dppo
