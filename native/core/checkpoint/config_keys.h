// Typed access to the members of a model's configuration. An absent key takes the default of transformers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/json.h"

namespace dppo {

class ConfigKeys {
 public:
  // `file` stands in front of every error. Both must outlive this object.
  ConfigKeys(const Json& json, const std::string& file) : json_(json), file_(file) {}

  const std::string& file() const { return file_; }

  // Returns the value of a key, or nullptr when it is absent or null.
  const Json* find(const std::string& key) const;

  // Returns whether the key stands in the file, even with the value null.
  bool has(const std::string& key) const { return json_.find(key) != nullptr; }

  // Each returns the key's value, or `fallback` when it is absent or null. Throws Error(kModel) for another type.
  std::int64_t integer(const std::string& key, std::optional<std::int64_t> fallback = std::nullopt) const;
  double number(const std::string& key, double fallback) const;
  bool flag(const std::string& key, bool fallback) const;
  std::string string(const std::string& key, const std::string& fallback) const;

  // Returns a token id or a list of them; `fallback` when the key is absent, none when it is null.
  std::vector<std::int64_t> ids(const std::string& key, std::vector<std::int64_t> fallback = {}) const;

  // Returns the first of ids(key); nothing when it is null, `fallback` when the key is absent.
  std::optional<std::int64_t> id(const std::string& key, std::optional<std::int64_t> fallback = std::nullopt) const;

  // Throws Error(kModel) that names the key and what is expected of it.
  [[noreturn]] void fail(const std::string& key, const std::string& expected) const;

 private:
  const Json& json_;
  const std::string& file_;
};

}  // namespace dppo
