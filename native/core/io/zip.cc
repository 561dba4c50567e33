#include "io/zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/excerpt.h"

namespace dppo {

namespace {

class Reader {
 public:
  Reader(std::string_view data, const std::string& what) : data_(data), what_(what) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kCheckpointFormat, what_ + ": damaged zip archive: " + why);
  }

  std::string_view span(std::uint64_t at, std::uint64_t size) const {
    if (at > data_.size() || size > data_.size() - at) fail("an entry lies outside the file");
    return data_.substr(at, size);
  }

  template <typename T>
  T number(std::uint64_t at) const {
    T value;
    std::memcpy(&value, span(at, sizeof value).data(), sizeof value);
    return value;
  }

  std::uint64_t size() const { return data_.size(); }
  std::string_view data() const { return data_; }

 private:
  std::string_view data_;
  const std::string& what_;
};

struct Directory {
  std::uint64_t entries;
  std::uint64_t offset;
};

Directory find_directory(const Reader& zip) {
  const auto end = zip.data().rfind("PK\x05\x06");
  if (end == std::string_view::npos) zip.fail("no end record");
  Directory directory{zip.number<std::uint16_t>(end + 10), zip.number<std::uint32_t>(end + 16)};
  if (end >= 20 && zip.number<std::uint32_t>(end - 20) == 0x07064b50) {
    const auto record = zip.number<std::uint64_t>(end - 20 + 8);
    if (zip.number<std::uint32_t>(record) != 0x06064b50) zip.fail("no ZIP64 end record");
    directory = {zip.number<std::uint64_t>(record + 32), zip.number<std::uint64_t>(record + 48)};
  }
  return directory;
}

struct Sizes {
  std::uint64_t stored;
  std::uint64_t local_header;
};

// 32-bit fields that are all ones have their value in the ZIP64 extra field, in this order.
Sizes sizes_of(const Reader& zip, std::uint64_t at, std::uint64_t name_size, std::uint64_t extra_size) {
  const auto compressed = zip.number<std::uint32_t>(at + 20);
  const auto plain = zip.number<std::uint32_t>(at + 24);
  const auto local = zip.number<std::uint32_t>(at + 42);
  Sizes sizes{compressed, local};
  std::uint64_t field = at + 46 + name_size;
  const std::uint64_t end = field + extra_size;
  while (field + 4 <= end) {
    const auto id = zip.number<std::uint16_t>(field);
    const auto length = zip.number<std::uint16_t>(field + 2);
    std::uint64_t value = field + 4;
    if (id == 1) {
      if (plain == UINT32_MAX) value += 8;
      if (compressed == UINT32_MAX) sizes.stored = zip.number<std::uint64_t>(value), value += 8;
      if (local == UINT32_MAX) sizes.local_header = zip.number<std::uint64_t>(value);
    }
    field += 4 + length;
  }
  return sizes;
}

// Throws unless every byte belongs to one entry at most.
void check_overlap(const Reader& zip, const std::map<std::string, std::string_view>& entries) {
  std::vector<std::string_view> data;
  for (const auto& [name, content] : entries) data.push_back(content);
  std::ranges::sort(data, {}, [](std::string_view content) { return content.data(); });
  const char* end = zip.data().data();
  for (const std::string_view content : data) {
    if (content.empty()) continue;
    if (content.data() < end) zip.fail("entries share their bytes");
    end = content.data() + content.size();
  }
}

}  // namespace

std::map<std::string, std::string_view> zip_entries(std::string_view archive, const std::string& what) {
  const Reader zip(archive, what);
  const Directory directory = find_directory(zip);
  if (directory.entries > kMaxZipEntries) zip.fail("more than " + std::to_string(kMaxZipEntries) + " entries");
  std::map<std::string, std::string_view> entries;
  std::uint64_t at = directory.offset;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (zip.number<std::uint32_t>(at) != 0x02014b50) zip.fail("a directory entry is missing");
    const auto method = zip.number<std::uint16_t>(at + 10);
    const auto name_size = zip.number<std::uint16_t>(at + 28);
    const auto extra_size = zip.number<std::uint16_t>(at + 30);
    const auto comment_size = zip.number<std::uint16_t>(at + 32);
    const std::string_view name = zip.span(at + 46, name_size);
    if (method != 0) zip.fail("entry " + excerpt(name) + " is compressed");
    const Sizes sizes = sizes_of(zip, at, name_size, extra_size);
    // The local header's own lengths count: torch pads there to align the data.
    const std::uint64_t data = sizes.local_header + 30 + zip.number<std::uint16_t>(sizes.local_header + 26) +
                               zip.number<std::uint16_t>(sizes.local_header + 28);
    if (!entries.emplace(name, zip.span(data, sizes.stored)).second) zip.fail("two entries are " + excerpt(name));
    at += 46ULL + name_size + extra_size + comment_size;
  }
  check_overlap(zip, entries);
  return entries;
}

}  // namespace dppo
