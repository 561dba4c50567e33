#include "binding/args.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace dppo {

namespace {

[[noreturn]] void fail(const std::string& name, const std::string& expected) {
  throw Error(ErrorKind::kConfig, name + ": expected " + expected);
}

// NaN and infinities are no whole numbers either.
std::int64_t whole_number(const char* name, double value) {
  if (!(value == std::floor(value) && std::abs(value) <= 0x1p53)) fail(name, "a whole number");
  return static_cast<std::int64_t>(value);
}

template <typename Element, typename Out>
std::vector<std::vector<Out>> typed_rows(const Napi::Value& value, const char* name, const char* expected) {
  if (!value.IsArray()) fail(name, expected);
  const auto list = value.As<Napi::Array>();
  std::vector<std::vector<Out>> rows;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const auto elements = find_elements<Element>(list.Get(i));
    if (!elements) fail(name, expected);
    rows.emplace_back(elements->begin(), elements->end());
  }
  return rows;
}

}  // namespace

std::int64_t count_arg(const Napi::Value& value, const char* name, std::int64_t most) {
  const double count = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  if (!(count >= 1 && count <= static_cast<double>(most) && count == std::floor(count))) {
    fail(name, "a whole number from 1 to " + std::to_string(most));
  }
  return static_cast<std::int64_t>(count);
}

std::string string_arg(const Napi::Value& value, const char* name) {
  if (!value.IsString()) fail(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

TokenRows token_rows(const Napi::Value& value, const char* name) {
  return typed_rows<std::int32_t, std::int64_t>(value, name, "a list of Int32Array");
}

TokenMasks token_masks(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return {};
  return typed_rows<std::uint8_t, std::uint8_t>(value, name, "a list of Uint8Array");
}

Napi::Object object_arg(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) fail(name, "an object");
  return value.As<Napi::Object>();
}

std::optional<Napi::Value> Options::find(const char* name) const {
  read_.insert(name);
  const Napi::Value value = object_.Get(name);
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  return value;
}

double Options::number(const char* name, const Napi::Value& value) const {
  if (!value.IsNumber()) fail(name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

void Options::read(const char* name, bool& out) const {
  const auto value = find(name);
  if (!value) return;
  if (!value->IsBoolean()) fail(name, "true or false");
  out = value->As<Napi::Boolean>().Value();
}

void Options::read(const char* name, double& out) const {
  if (const auto value = find(name)) out = number(name, *value);
}

void Options::read(const char* name, std::int64_t& out) const {
  const auto value = find(name);
  if (!value) return;
  out = whole_number(name, number(name, *value));
}

void Options::read(const char* name, std::uint64_t& out) const {
  auto whole = static_cast<std::int64_t>(out);
  read(name, whole);
  if (whole < 0) fail(name, "a whole number of at least 0");
  out = static_cast<std::uint64_t>(whole);
}

void Options::read(const char* name, std::string& out) const {
  if (const auto value = find(name)) out = string_arg(*value, name);
}

void Options::read(const char* name, std::vector<std::int64_t>& out) const {
  const auto value = find(name);
  if (!value) return;
  if (!value->IsArray()) fail(name, "a list of whole numbers");
  const auto list = value->As<Napi::Array>();
  out.clear();
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value item = list.Get(i);
    out.push_back(whole_number(name, number(name, item)));
  }
}

void Options::check_all_read() const {
  const Napi::Array names = object_.GetPropertyNames();
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString().Utf8Value();
    if (!read_.contains(name)) throw Error(ErrorKind::kConfig, name + ": there is no such option");
  }
}

Napi::Float32Array to_float32_array(Napi::Env env, std::span<const float> values) {
  Napi::Float32Array array = Napi::Float32Array::New(env, values.size());
  std::ranges::copy(values, array.Data());
  return array;
}

Napi::Value to_int32_rows(Napi::Env env, const TokenRows& rows) {
  Napi::Array list = Napi::Array::New(env, rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    Napi::Int32Array array = Napi::Int32Array::New(env, rows[i].size());
    for (std::size_t t = 0; t < rows[i].size(); ++t) array[t] = static_cast<std::int32_t>(rows[i][t]);
    list.Set(i, array);
  }
  return list;
}

}  // namespace dppo
