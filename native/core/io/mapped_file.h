// A file mapped into memory for the lifetime of the object.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace dppo {

enum class MapAccess {
  kRead,
  // For owners that cannot promise not to write (JavaScript): a write stays with this mapping, the file never sees it.
  kCopyOnWrite,
};

class MappedFile {
 public:
  // Throws Error(kModel) when the file cannot be opened or mapped.
  static std::shared_ptr<MappedFile> open(const std::string& path, MapAccess access = MapAccess::kRead);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const std::string& path() const { return path_; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::string path_;
};

// The whole file as text. Throws Error(kModel) when it cannot be read.
std::string read_text_file(const std::string& path);

// Throws the error of a write to `path` that failed with the system's error `number`: Error(kIo) for a full disk and
// similar faults, Error(kConfig) for a path that cannot be written to.
[[noreturn]] void throw_write_error(const std::string& path, int number);

// Accepts the parts of a file in their order.
using WritePart = std::function<void(std::string_view)>;

// Writes what `write` passes on to a temporary name, syncs and renames, so that the file is there whole or not at all.
// Throws as throw_write_error().
void write_file_atomically(const std::string& path, const std::function<void(const WritePart&)>& write);
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace dppo
