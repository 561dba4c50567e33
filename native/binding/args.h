// JavaScript arguments as C++ values. TypeScript validates them first; a wrong value that reaches this layer is still
// an error and never a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/names.h"
#include "binding/napi_setup.h"
#include "model/token_rows.h"

namespace dppo {

// Each throws Error(kConfig) naming the argument.
std::string string_arg(const Napi::Value& value, const char* name);
std::int64_t count_arg(const Napi::Value& value, const char* name, std::int64_t most);  // a whole number from 1 to most
TokenRows token_rows(const Napi::Value& value, const char* name);                       // Int32Array[]
TokenMasks token_masks(const Napi::Value& value, const char* name);  // Uint8Array[]; empty for undefined and null
Napi::Object object_arg(const Napi::Value& value, const char* name);

// Reads the options of an object. An option that is absent, undefined or null leaves `out` as it is.
// Each read throws Error(kConfig) naming the option.
class Options {
 public:
  explicit Options(const Napi::Object& object) : object_(object) {}
  void read(const char* name, bool& out) const;
  void read(const char* name, double& out) const;
  void read(const char* name, std::int64_t& out) const;
  void read(const char* name, std::uint64_t& out) const;
  void read(const char* name, std::string& out) const;
  void read(const char* name, std::vector<std::int64_t>& out) const;

  template <typename T>
  void read(const char* name, std::optional<T>& out) const {
    if (!find(name)) return;
    T value{};
    read(name, value);
    out = value;
  }

  template <typename Enum>
  requires std::is_enum_v<Enum>
  void read(const char* name, Enum& out) const {
    if (const auto value = find(name)) out = parse_enum<Enum>(name, string_arg(*value, name));
  }

  // Throws Error(kConfig) when the object has an option that was not read.
  void check_all_read() const;

 private:
  std::optional<Napi::Value> find(const char* name) const;
  double number(const char* name, const Napi::Value& value) const;

  Napi::Object object_;
  mutable std::set<std::string> read_;
};

// Converts rows to Int32Array[].
Napi::Value to_int32_rows(Napi::Env env, const TokenRows& rows);

}  // namespace dppo
