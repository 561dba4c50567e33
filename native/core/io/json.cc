#include "io/json.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/excerpt.h"

namespace dppo {

namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& what) : text_(text), what_(what) {}

  Json document() {
    Json value = parse_value(0);
    skip_space();
    if (at_ != text_.size()) fail("unexpected text after the value");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kCheckpointFormat, what_ + ": bad JSON at byte " + std::to_string(at_) + ": " + why);
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  char peek() {
    skip_space();
    if (at_ >= text_.size()) fail("unexpected end");
    return text_[at_];
  }

  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "'");
  }

  Json parse_value(int depth) {
    if (depth > kMaxJsonDepth) fail("nested too deeply");
    if (++values_ > kMaxJsonValues) fail("more than " + std::to_string(kMaxJsonValues) + " values");
    switch (peek()) {
      case '{': return parse_object(depth);
      case '[': return parse_array(depth);
      case '"': return Json(parse_string());
      case 't': return literal("true", Json(true));
      case 'f': return literal("false", Json(false));
      case 'n': return literal("null", Json());
      default: return parse_number();
    }
  }

  Json literal(std::string_view word, Json value) {
    if (text_.substr(at_, word.size()) != word) fail("unknown word");
    at_ += word.size();
    return value;
  }

  Json parse_object(int depth) {
    expect('{');
    Json::Object members;
    if (accept('}')) return Json(std::move(members));
    do {
      if (peek() != '"') fail("expected a key");
      std::string key = parse_string();
      expect(':');
      Json value = parse_value(depth + 1);
      members.emplace_back(std::move(key), std::move(value));
    } while (accept(','));
    expect('}');
    check_keys(members);
    return Json(std::move(members));
  }

  void check_keys(const Json::Object& members) const {
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : members) keys.push_back(key);
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) fail("duplicate key \"" + excerpt(*twice) + "\"");
  }

  Json parse_array(int depth) {
    expect('[');
    Json::Array items;
    if (accept(']')) return Json(std::move(items));
    do {
      items.push_back(parse_value(depth + 1));
    } while (accept(','));
    expect(']');
    return Json(std::move(items));
  }

  // Skips a character if it is one of `characters`.
  bool skip_one_of(std::string_view characters) {
    if (at_ == text_.size() || characters.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  void skip_digits() {
    constexpr std::string_view kDigits = "0123456789";
    if (!skip_one_of(kDigits)) fail("expected a digit");
    while (skip_one_of(kDigits)) {
    }
  }

  // RFC 8259, section 6. The conversion below would take more: zeros in front, and points without digits.
  void skip_number() {
    skip_one_of("-");
    if (!skip_one_of("0")) skip_digits();
    if (skip_one_of(".")) skip_digits();
    if (!skip_one_of("eE")) return;
    skip_one_of("+-");
    skip_digits();
  }

  Json parse_number() {
    const std::size_t start = at_;
    if (std::string_view("-0123456789").find(text_[at_]) == std::string_view::npos) fail("expected a value");
    skip_number();
    const char* first = text_.data() + start;
    const char* last = text_.data() + at_;
    std::int64_t integer = 0;
    if (auto [end, error] = std::from_chars(first, last, integer);
        error == std::errc() && end == last && end != first) {
      return Json(integer);
    }
    double number = 0;
    if (auto [end, error] = std::from_chars(first, last, number); error == std::errc() && end == last && end != first) {
      return Json(number);
    }
    at_ = start;
    fail("a number beyond the range of float64");
  }

  unsigned parse_hex4() {
    if (at_ + 4 > text_.size()) fail("unexpected end in \\u");
    unsigned code = 0;
    const char* first = text_.data() + at_;
    if (auto [end, error] = std::from_chars(first, first + 4, code, 16); error != std::errc() || end != first + 4) {
      fail("expected four hex digits");
    }
    at_ += 4;
    return code;
  }

  void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  void parse_unicode_escape(std::string& out) {
    unsigned code = parse_hex4();
    if (code >= 0xDC00 && code <= 0xDFFF) fail("a low surrogate stands alone");
    if (code >= 0xD800 && code < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") fail("a high surrogate stands alone");
      at_ += 2;
      const unsigned low = parse_hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail("a high surrogate stands alone");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
  }

  std::string parse_string() {
    expect('"');
    std::string out;
    for (;;) {
      if (at_ >= text_.size()) fail("unterminated string");
      const char c = text_[at_++];
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) fail("unterminated string");
      const char escape = text_[at_++];
      constexpr std::string_view kNames = "\"\\/bfnrt";
      constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
      if (escape == 'u') {
        parse_unicode_escape(out);
      } else if (const auto index = kNames.find(escape); index != std::string_view::npos) {
        out += kValues[index];
      } else {
        fail("unknown escape");
      }
    }
  }

  std::string_view text_;
  const std::string& what_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Json Json::parse(std::string_view text, const std::string& what) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Parser(text, what).document();
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

namespace {

std::string number_text(const Json& value) {
  std::array<char, 32> buffer{};
  char* last = buffer.data() + buffer.size();
  const auto end = value.is_integer() ? std::to_chars(buffer.data(), last, value.as_integer()).ptr
                                      : std::to_chars(buffer.data(), last, value.as_double()).ptr;
  std::string text(buffer.data(), end);
  // A number that was written with a point stays one: readers tell 1.0 from 1.
  if (!value.is_integer() && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string text_at(int level, const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_number()) return number_text(value);
  if (value.is_string()) return json_quote(value.as_string());
  const bool array = value.is_array();
  std::vector<std::string> items;
  if (array) {
    for (const Json& item : value.as_array()) items.push_back(text_at(level + 1, item));
  } else {
    for (const auto& [key, item] : value.as_object())
      items.push_back(json_quote(key) + ": " + text_at(level + 1, item));
  }
  if (items.empty()) return array ? "[]" : "{}";
  const std::string indent(static_cast<std::size_t>(2 * level), ' ');
  std::string text = array ? "[" : "{";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i > 0 ? ",\n  " : "\n  ") + indent + items[i];
  return text + "\n" + indent + (array ? "]" : "}");
}

}  // namespace

std::string json_text(const Json& value) { return text_at(0, value); }

std::string json_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[(c >> 4) & 0xF];
      out += kHex[c & 0xF];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace dppo
