// A small strict JSON reader for file headers and configurations, which are untrusted input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dppo {

// Values in one text. The header of a safetensors file has eight a tensor. Each takes at most 160 bytes while it is
// read, besides the bytes of its string.
inline constexpr std::size_t kMaxJsonValues = 1'000'000;

// Depth of nesting, so that reading and freeing need little stack.
inline constexpr int kMaxJsonDepth = 64;

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in file order

  Json() = default;
  explicit Json(bool value) : value_(value) {}
  explicit Json(double value) : value_(value) {}
  explicit Json(std::int64_t value) : value_(value) {}
  explicit Json(std::string value) : value_(std::move(value)) {}
  explicit Json(Array value) : value_(std::make_shared<Array>(std::move(value))) {}
  explicit Json(Object value) : value_(std::make_shared<Object>(std::move(value))) {}

  // Reads the text of a file, which may begin with a byte-order mark. Throws Error(kCheckpointFormat) naming `what` and
  // the offset. Duplicate keys, trailing text and what exceeds the bounds above are refused.
  static Json parse(std::string_view text, const std::string& what);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<std::shared_ptr<Array>>(value_); }
  bool is_object() const { return std::holds_alternative<std::shared_ptr<Object>>(value_); }

  bool as_bool() const { return std::get<bool>(value_); }
  std::int64_t as_integer() const { return std::get<std::int64_t>(value_); }
  double as_double() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(value_); }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& as_array() const { return *std::get<std::shared_ptr<Array>>(value_); }
  const Object& as_object() const { return *std::get<std::shared_ptr<Object>>(value_); }

  // Member of an object, or nullptr when absent.
  const Json* find(std::string_view key) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<Array>, std::shared_ptr<Object>>
      value_;
};

// Returns the value as text, two spaces a level, as transformers writes its files.
std::string json_text(const Json& value);

// `text` as a JSON string with its quotes.
std::string json_quote(std::string_view text);

}  // namespace dppo
