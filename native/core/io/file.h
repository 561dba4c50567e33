// Files as the core reads and writes them. Bytes are copied out of files, not mapped: when another program cuts a
// mapped file short, the next access ends the process.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dppo {

// Bytes of the largest text file that is read: configurations and lists of shards have kilobytes.
inline constexpr std::uint64_t kMaxTextFile = 64 << 20;

// A descriptor of the system, closed at the end. A negative one stands for a file that could not be opened.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// A regular file that is open for reading.
class InputFile {
 public:
  // Throws Error(kModel) when the file cannot be opened or is none: a pipe or a device is refused without waiting.
  explicit InputFile(const std::string& path);

  const std::string& path() const { return path_; }
  // Returns the size in bytes when the file was opened.
  std::uint64_t size() const { return size_; }

  // Copies bytes [offset, offset + count) to `out`. Throws Error(kCheckpointFormat) when the file has become shorter,
  // Error(kIo) when the disk fails.
  void read(std::uint64_t offset, void* out, std::size_t count) const;
  // Returns the whole file as a tensor of bytes, whose memory libtorch aligns to 64 bytes. Throws as read().
  at::Tensor read_all() const;

 private:
  std::string path_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
};

// Returns whether there is a file or folder at the path. Throws Error(kModel) when the system cannot tell: links that
// lead in a circle, or a folder that may not be read.
bool file_exists(const std::string& path);

// Returns a whole file as text. Throws Error(kModel) when it cannot be read or is larger than kMaxTextFile.
std::string read_text_file(const std::string& path);

// Throws the error of a write to `path` that failed with the system's error `number`: Error(kIo) for a full disk and
// similar faults, Error(kConfig) for a path that cannot be written to.
[[noreturn]] void throw_write_error(const std::string& path, int number);

// Accepts the parts of a file in their order.
using WritePart = std::function<void(std::string_view)>;

// Writes what `write` passes on to a temporary name, syncs and renames, so that the file is there whole or not at all.
// If it is a symbolic link, the file where it leads is written. Throws as throw_write_error().
void write_file_atomically(const std::string& path, const std::function<void(const WritePart&)>& write);
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace dppo
