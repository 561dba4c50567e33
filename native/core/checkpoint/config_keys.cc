#include "checkpoint/config_keys.h"

#include "base/error.h"

namespace dppo {

namespace {

// Ten times the largest size of any published model. A larger value would exhaust memory before the weights are read.
constexpr std::int64_t kMaxSize = 10'000'000;

}  // namespace

const Json* ConfigKeys::find(const std::string& key) const {
  const Json* value = json_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::int64_t ConfigKeys::integer(const std::string& key, std::optional<std::int64_t> fallback) const {
  const Json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  if (value == nullptr || !value->is_integer() || value->as_integer() < 1 || value->as_integer() > kMaxSize) {
    fail(key, "a whole number from 1 to " + std::to_string(kMaxSize));
  }
  return value->as_integer();
}

double ConfigKeys::number(const std::string& key, double fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_number()) fail(key, "a number");
  return value->as_double();
}

bool ConfigKeys::flag(const std::string& key, bool fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) fail(key, "true or false");
  return value->as_bool();
}

std::string ConfigKeys::string(const std::string& key, const std::string& fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) fail(key, "a string");
  return value->as_string();
}

std::vector<std::int64_t> ConfigKeys::ids(const std::string& key, std::vector<std::int64_t> fallback) const {
  if (!has(key)) return fallback;
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (value->is_integer()) return {value->as_integer()};
  if (!value->is_array()) fail(key, "a token id or a list of them");
  std::vector<std::int64_t> result;
  for (const Json& item : value->as_array()) {
    if (!item.is_integer()) fail(key, "a token id or a list of them");
    result.push_back(item.as_integer());
  }
  return result;
}

std::optional<std::int64_t> ConfigKeys::id(const std::string& key, std::optional<std::int64_t> fallback) const {
  if (!has(key)) return fallback;
  const auto list = ids(key);
  return list.empty() ? std::nullopt : std::optional(list.front());
}

void ConfigKeys::fail(const std::string& key, const std::string& expected) const {
  throw Error(ErrorKind::kModel, file_ + ": " + key + " is missing or unsupported; expected " + expected);
}

}  // namespace dppo
