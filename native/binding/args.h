// JavaScript arguments as C++ values. TypeScript has validated them; what is wrong here is still an error, never a
// crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "binding/napi_setup.h"

namespace dppo {

using TokenRows = std::vector<std::vector<std::int64_t>>;

// Each throws Error(kConfig) naming the argument or option.
std::string string_arg(const Napi::Value& value, const char* name);
TokenRows token_rows(const Napi::Value& value, const char* name);                              // Int32Array[]
std::vector<std::vector<std::uint8_t>> byte_rows(const Napi::Value& value, const char* name);  // Uint8Array[] or absent
Napi::Object object_arg(const Napi::Value& value, const char* name);
std::optional<double> optional_number(const Napi::Value& value, const char* name);  // undefined and null: absent

// Options of an object; absent ones leave the default.
class Options {
 public:
  explicit Options(const Napi::Object& object) : object_(object) {}
  void read(const char* name, bool& out) const;
  void read(const char* name, double& out) const;
  void read(const char* name, std::int64_t& out) const;
  void read(const char* name, std::uint64_t& out) const;
  void read(const char* name, std::string& out) const;
  void read(const char* name, std::optional<double>& out) const;
  void read(const char* name, std::vector<std::int64_t>& out) const;

 private:
  // Undefined and null are absent.
  std::optional<Napi::Value> find(const char* name) const;
  double number(const char* name, const Napi::Value& value) const;
  Napi::Object object_;
};

// Int32Array[] of rows.
Napi::Value to_int32_rows(Napi::Env env, const TokenRows& rows);

}  // namespace dppo
