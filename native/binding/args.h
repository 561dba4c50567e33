// JavaScript arguments as C++ values. TypeScript validates them first; a wrong value that reaches this layer is still
// an error and never a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/options.h"
#include "binding/napi_setup.h"
#include "model/token_rows.h"

namespace dppo {

// A kind of typed arrays of JavaScript by the type of its elements.
template <typename Element>
struct TypedArrayKind;

template <>
struct TypedArrayKind<std::int32_t> {
  static constexpr napi_typedarray_type kType = napi_int32_array;
  static constexpr const char* kExpected = "an Int32Array";
};

template <>
struct TypedArrayKind<std::uint8_t> {
  static constexpr napi_typedarray_type kType = napi_uint8_array;
  static constexpr const char* kExpected = "a Uint8Array";
};

template <>
struct TypedArrayKind<float> {
  static constexpr napi_typedarray_type kType = napi_float32_array;
  static constexpr const char* kExpected = "a Float32Array";
};

// Returns the elements of a typed array, which JavaScript owns; nothing for a value of another kind.
template <typename Element>
std::optional<std::span<const Element>> find_elements(const Napi::Value& value) {
  if (!value.IsTypedArray()) return std::nullopt;
  if (value.As<Napi::TypedArray>().TypedArrayType() != TypedArrayKind<Element>::kType) return std::nullopt;
  const auto array = value.As<Napi::TypedArrayOf<Element>>();
  return std::span<const Element>(array.Data(), array.ElementLength());
}

// Each throws Error(kConfig) naming the argument.
template <typename Element>
std::span<const Element> typed_array_arg(const Napi::Value& value, const char* name) {
  if (const auto elements = find_elements<Element>(value)) return *elements;
  throw Error(ErrorKind::kConfig, std::string(name) + ": expected " + TypedArrayKind<Element>::kExpected);
}
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

// Returns a configuration with the options of an object in place of its defaults. Throws Error(kConfig) for a wrong
// type and for an option that the configuration does not have; ranges are not checked.
template <typename Config>
Config config_arg(const Napi::Value& value, const char* name) {
  const Options options(object_arg(value, name));
  Config config;
  visit_options(config, [&options](const char* option, auto& member, const Bounds& /*bounds*/ = {}) {
    options.read(option, member);
  });
  options.check_all_read();
  return config;
}

// Converts numbers to a Float32Array.
Napi::Float32Array to_float32_array(Napi::Env env, std::span<const float> values);

// Converts rows to Int32Array[].
Napi::Value to_int32_rows(Napi::Env env, const TokenRows& rows);

}  // namespace dppo
