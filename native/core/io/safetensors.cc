#include "io/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"

namespace dppo {

namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;

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

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::kCheckpointFormat, path + ": " + why);
}

at::ScalarType dtype_of(const std::string& path, const std::string& name, const Json* value) {
  if (value != nullptr && value->is_string()) {
    for (const auto& entry : kDtypes) {
      if (value->as_string() == entry.name) return entry.type;
    }
    fail(path, "tensor " + name + " has the unsupported type " + value->as_string());
  }
  fail(path, "tensor " + name + " has no dtype");
}

std::vector<std::int64_t> shape_of(const std::string& path, const std::string& name, const Json* value) {
  if (value == nullptr || !value->is_array()) fail(path, "tensor " + name + " has no shape");
  std::vector<std::int64_t> shape;
  for (const Json& size : value->as_array()) {
    if (!size.is_integer() || size.as_integer() < 0) fail(path, "tensor " + name + " has a bad shape");
    shape.push_back(size.as_integer());
  }
  if (shape.size() > 8) fail(path, "tensor " + name + " has more than eight dimensions");
  return shape;
}

// Bytes of a tensor, refusing products that do not fit in 63 bits.
std::uint64_t byte_count(const std::string& path, const Entry& entry) {
  std::uint64_t bytes = c10::elementSize(entry.dtype);
  for (const std::int64_t size : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes) || bytes > (1ULL << 62)) {
      fail(path, "tensor " + entry.name + " is too large");
    }
  }
  return bytes;
}

Entry parse_entry(const std::string& path, const std::string& name, const Json& value, std::uint64_t data_size) {
  if (!value.is_object()) fail(path, "tensor " + name + " is not described by an object");
  Entry entry{name, dtype_of(path, name, value.find("dtype")), shape_of(path, name, value.find("shape")), 0, 0};
  const Json* offsets = value.find("data_offsets");
  const bool good = offsets != nullptr && offsets->is_array() && offsets->as_array().size() == 2 &&
                    offsets->as_array()[0].is_integer() && offsets->as_array()[1].is_integer();
  if (!good) fail(path, "tensor " + name + " has no data_offsets");
  const std::int64_t begin = offsets->as_array()[0].as_integer();
  const std::int64_t end = offsets->as_array()[1].as_integer();
  if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > data_size) {
    fail(path, "tensor " + name + " lies outside the file");
  }
  entry.begin = static_cast<std::uint64_t>(begin);
  entry.end = static_cast<std::uint64_t>(end);
  if (entry.end - entry.begin != byte_count(path, entry)) {
    fail(path, "tensor " + name + " has " + std::to_string(entry.end - entry.begin) + " bytes, its shape needs " +
                   std::to_string(byte_count(path, entry)));
  }
  return entry;
}

std::vector<Entry> parse_header(const std::string& path, std::string_view header, std::uint64_t data_size) {
  const Json json = Json::parse(header, path);
  if (!json.is_object()) fail(path, "the header is not an object");
  std::vector<Entry> entries;
  for (const auto& [name, value] : json.as_object()) {
    if (name != "__metadata__") entries.push_back(parse_entry(path, name, value, data_size));
  }
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < expected) fail(path, "tensor " + entry.name + " overlaps another");
    if (entry.begin > expected) fail(path, "there is a gap before tensor " + entry.name);
    expected = entry.end;
  }
  if (expected != data_size) fail(path, "there are bytes after the last tensor");
  return entries;
}

at::Tensor view_of(const std::shared_ptr<MappedFile>& file, const Entry& entry, std::uint64_t data_start) {
  const auto options = at::TensorOptions().dtype(entry.dtype);
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  auto* data = const_cast<std::byte*>(file->data() + data_start + entry.begin);
  if (reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(entry.dtype) != 0) {
    // A legal file, but not one whose data can be used in place.
    at::Tensor copy = at::empty(entry.shape, options);
    std::memcpy(copy.mutable_data_ptr(), data, entry.end - entry.begin);
    return copy;
  }
  return at::from_blob(
      data, entry.shape, [file](void*) {}, options);
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
  const auto file = MappedFile::open(path);
  std::uint64_t header_size = 0;
  if (file->size() < sizeof header_size) fail(path, "shorter than a safetensors header");
  std::memcpy(&header_size, file->data(), sizeof header_size);
  if (header_size > kMaxHeader) fail(path, "the header claims " + std::to_string(header_size) + " bytes");
  const std::uint64_t data_start = sizeof header_size + header_size;
  if (data_start > file->size()) fail(path, "the header goes beyond the end of the file");
  const auto header = file->text().substr(sizeof header_size, header_size);
  NamedTensors tensors;
  for (const Entry& entry : parse_header(path, header, file->size() - data_start)) {
    tensors.emplace_back(entry.name, view_of(file, entry, data_start));
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
