// Reads the bytes, numbers and lines of an untrusted pickle from front to back.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "base/error.h"

namespace dppo {

class PickleReader {
 public:
  // Reads `data` from position `at`, which moves along. `what` begins every message.
  PickleReader(std::string_view data, std::size_t& at, const std::string& what) : data_(data), at_(at), what_(what) {}

  // Throws Error(kCheckpointFormat) with the reason and the position.
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kCheckpointFormat, what_ + ": " + why + " (pickle byte " + std::to_string(at_) + ")");
  }

  std::string_view take(std::size_t count) {
    if (count > data_.size() - at_) fail("the pickle is cut short");
    const auto bytes = data_.substr(at_, count);
    at_ += count;
    return bytes;
  }

  // Returns a little-endian number.
  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  double big_endian_double() {
    const auto bits = __builtin_bswap64(number<std::uint64_t>());
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  // Returns the text up to the next line feed, without it.
  std::string_view line() {
    const auto end = data_.find('\n', at_);
    if (end == std::string_view::npos) fail("the pickle is cut short");
    const auto text = data_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

 private:
  std::string_view data_;
  std::size_t& at_;
  const std::string& what_;
};

}  // namespace dppo
