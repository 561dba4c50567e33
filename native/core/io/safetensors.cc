#include "io/safetensors.h"

#include <ATen/ops/empty.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/excerpt.h"
#include "base/shape.h"
#include "io/file.h"
#include "io/json.h"
#include "io/tensor_limits.h"

namespace dppo {

namespace {

struct DtypeName {
  const char* name;
  at::ScalarType type;
};

constexpr std::array<DtypeName, 10> kDtypes{{
    {"F64", at::ScalarType::Double},
    {"F32", at::ScalarType::Float},
    {"F16", at::ScalarType::Half},
    {"BF16", at::ScalarType::BFloat16},
    {"I64", at::ScalarType::Long},
    {"I32", at::ScalarType::Int},
    {"I16", at::ScalarType::Short},
    {"I8", at::ScalarType::Char},
    {"U8", at::ScalarType::Byte},
    {"BOOL", at::ScalarType::Bool},
}};

struct Entry {
  std::string name;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;
};

at::ScalarType dtype_of(const std::string& path, const std::string& name, const Json* value) {
  if (value != nullptr && value->is_string()) {
    for (const auto& entry : kDtypes) {
      if (value->as_string() == entry.name) return entry.type;
    }
    throw tensor_error(path, name, "has the unsupported type " + excerpt(value->as_string()));
  }
  throw tensor_error(path, name, "has no dtype");
}

std::vector<std::int64_t> shape_of(const std::string& path, const std::string& name, const Json* value) {
  if (value == nullptr || !value->is_array()) throw tensor_error(path, name, "has no shape");
  if (value->as_array().size() > kMaxDimensions) throw tensor_error(path, name, "has more than eight dimensions");
  std::vector<std::int64_t> shape;
  for (const Json& size : value->as_array()) {
    if (!size.is_integer() || size.as_integer() < 0) throw tensor_error(path, name, "has a bad shape");
    shape.push_back(size.as_integer());
  }
  if (!span_of_shape(shape)) throw tensor_error(path, name, "is too large");
  return shape;
}

std::uint64_t byte_count(const Entry& entry) {
  return static_cast<std::uint64_t>(c10::multiply_integers(entry.shape)) * c10::elementSize(entry.dtype);
}

Entry parse_entry(const std::string& path, const std::string& name, const Json& value, std::uint64_t data_size) {
  if (!value.is_object()) throw tensor_error(path, name, "is not described by an object");
  Entry entry{name, dtype_of(path, name, value.find("dtype")), shape_of(path, name, value.find("shape")), 0, 0};
  const Json* offsets = value.find("data_offsets");
  const bool good = offsets != nullptr && offsets->is_array() && offsets->as_array().size() == 2 &&
                    offsets->as_array()[0].is_integer() && offsets->as_array()[1].is_integer();
  if (!good) throw tensor_error(path, name, "has no data_offsets");
  const std::int64_t begin = offsets->as_array()[0].as_integer();
  const std::int64_t end = offsets->as_array()[1].as_integer();
  if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > data_size) {
    throw tensor_error(path, name, "lies outside the file");
  }
  entry.begin = static_cast<std::uint64_t>(begin);
  entry.end = static_cast<std::uint64_t>(end);
  if (entry.end - entry.begin != byte_count(entry)) {
    throw tensor_error(path, name,
                       "has " + std::to_string(entry.end - entry.begin) + " bytes, its shape needs " +
                           std::to_string(byte_count(entry)));
  }
  return entry;
}

std::vector<Entry> parse_header(const std::string& path, std::string_view header, std::uint64_t data_size) {
  const Json json = Json::parse(header, path);
  if (!json.is_object()) throw weight_file_error(path, "the header is not an object");
  if (json.as_object().size() > kMaxTensors + 1)
    throw weight_file_error(path, "more than " + std::to_string(kMaxTensors) + " tensors");
  std::vector<Entry> entries;
  for (const auto& [name, value] : json.as_object()) {
    if (name != "__metadata__") entries.push_back(parse_entry(path, name, value, data_size));
  }
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < expected) throw tensor_error(path, entry.name, "overlaps another");
    if (entry.begin > expected) throw tensor_error(path, entry.name, "has a gap before it");
    expected = entry.end;
  }
  if (expected != data_size) throw weight_file_error(path, "there are bytes after the last tensor");
  return entries;
}

at::Tensor read_tensor(const InputFile& file, const Entry& entry, std::uint64_t data_start) {
  at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.dtype));
  file.read(data_start + entry.begin, tensor.mutable_data_ptr(), entry.end - entry.begin);
  return tensor;
}

const char* dtype_text(at::ScalarType type) {
  for (const auto& entry : kDtypes) {
    if (entry.type == type) return entry.name;
  }
  throw Error(ErrorKind::kInternal, std::string("safetensors cannot hold ") + c10::toString(type));
}

std::string header_of(const NamedTensors& tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    std::string shape;
    for (const std::int64_t size : tensor.sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    const std::uint64_t end = offset + tensor.nbytes();
    header += "," + json_quote(name) + ":{\"dtype\":\"" + dtype_text(tensor.scalar_type()) + "\",\"shape\":[" + shape +
              "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(end) + "]}";
    offset = end;
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

}  // namespace

NamedTensors read_safetensors(const std::string& path) {
  const InputFile file(path);
  std::uint64_t header_size = 0;
  if (file.size() < sizeof header_size) throw weight_file_error(path, "shorter than a safetensors header");
  file.read(0, &header_size, sizeof header_size);
  if (header_size > kMaxHeader)
    throw weight_file_error(path, "the header claims " + std::to_string(header_size) + " bytes");
  const std::uint64_t data_start = sizeof header_size + header_size;
  if (data_start > file.size()) throw weight_file_error(path, "the header goes beyond the end of the file");
  std::string header(header_size, '\0');
  file.read(sizeof header_size, header.data(), header.size());
  NamedTensors tensors;
  for (const Entry& entry : parse_header(path, header, file.size() - data_start)) {
    tensors.emplace_back(entry.name, read_tensor(file, entry, data_start));
  }
  return tensors;
}

void write_safetensors(const std::string& path, const NamedTensors& tensors) {
  const std::string header = header_of(tensors);
  const std::uint64_t header_size = header.size();
  write_file_atomically(path, [&](const WritePart& write) {
    write({reinterpret_cast<const char*>(&header_size), sizeof header_size});
    write(header);
    for (const auto& [name, tensor] : tensors) {
      const at::Tensor flat = tensor.detach().cpu().contiguous();
      write({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
    }
  });
}

}  // namespace dppo
