#include "base/names.h"

namespace dppo {

std::string list_alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* separator = i + 1 == names.size() ? " or " : ", ";
    text += (i == 0 ? "" : separator) + names[i];
  }
  return text;
}

}  // namespace dppo
