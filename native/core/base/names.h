// Names of the values of an enumeration, for options that callers give as text. A string is parsed once, where it
// enters; the core works with the enumeration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace dppo {

template <typename Enum>
struct NamedValue {
  const char* name;
  Enum value;
};

// Specialised beside each enumeration that has names: `static constexpr NamedValue<Enum> kAll[]`.
template <typename Enum>
struct EnumNames;

// Returns all names in their order.
template <typename Enum>
std::vector<std::string> enum_names() {
  std::vector<std::string> names;
  for (const auto& entry : EnumNames<Enum>::kAll) names.emplace_back(entry.name);
  return names;
}

// Returns the name of a value.
template <typename Enum>
std::string enum_name(Enum value) {
  for (const auto& entry : EnumNames<Enum>::kAll) {
    if (entry.value == value) return entry.name;
  }
  throw Error(ErrorKind::kInternal, "an enumeration holds a value without a name");
}

// Returns the value that `text` names; nothing if it names none.
template <typename Enum>
std::optional<Enum> find_enum(std::string_view text) {
  for (const auto& entry : EnumNames<Enum>::kAll) {
    if (text == entry.name) return entry.value;
  }
  return std::nullopt;
}

// Returns "a, b or c" for messages.
std::string list_alternatives(const std::vector<std::string>& names);

// Returns the value that `text` names. Throws Error(kConfig) naming the option and what was expected.
template <typename Enum>
Enum parse_enum(const std::string& option, std::string_view text) {
  if (const auto value = find_enum<Enum>(text)) return *value;
  throw Error(ErrorKind::kConfig,
              option + " \"" + std::string(text) + "\": expected " + list_alternatives(enum_names<Enum>()));
}

}  // namespace dppo
