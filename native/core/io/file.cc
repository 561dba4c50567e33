#include "io/file.h"

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/cancel.h"
#include "base/error.h"

namespace dppo {

namespace {

namespace fs = std::filesystem;

// Links that may follow each other, as on Linux. More of them form a loop.
constexpr int kMaxLinks = 40;

// Bytes between two looks at the cancel flag.
constexpr std::size_t kReadAtOnce = 64 << 20;

std::string reason() { return std::strerror(errno); }

[[noreturn]] void fail_to_write(const std::string& path) { throw_write_error(path, errno); }

void write_all(int descriptor, const char* data, std::size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_to_write(path);
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// Follows the symbolic links of a path, so that writing replaces the file where they lead and not the link.
std::string resolve_links(const std::string& path) {
  fs::path target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(target, error); ++links) {
    if (links == kMaxLinks) throw_write_error(path, ELOOP);
    const fs::path next = fs::read_symlink(target, error);
    if (error) throw_write_error(path, error.value());
    target = target.parent_path() / next;
  }
  return target.string();
}

}  // namespace

void throw_write_error(const std::string& path, int number) {
  // The caller can mend a wrong path or a missing permission, but not a full disk or one that fails.
  const bool system = number == ENOSPC || number == EDQUOT || number == EIO || number == EFBIG || number == EMFILE ||
                      number == ENFILE || number == ENOMEM;
  throw Error(system ? ErrorKind::kIo : ErrorKind::kConfig, path + " cannot be written: " + std::strerror(number));
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

InputFile::InputFile(const std::string& path)
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (descriptor_.get() < 0) throw Error(ErrorKind::kModel, path + " cannot be opened: " + reason());
  struct stat info {};
  if (::fstat(descriptor_.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::kModel, path + " is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
}

void InputFile::read(std::uint64_t offset, void* out, std::size_t count) const {
  auto* next = static_cast<std::byte*>(out);
  while (count > 0) {
    check_cancelled();
    const ssize_t got = ::pread(descriptor_.get(), next, std::min(count, kReadAtOnce), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(ErrorKind::kIo, path_ + " cannot be read: " + reason());
    if (got == 0) throw Error(ErrorKind::kCheckpointFormat, path_ + " was cut short while it was read");
    next += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

at::Tensor InputFile::read_all() const {
  at::Tensor bytes = at::empty({static_cast<std::int64_t>(size_)}, at::kByte);
  read(0, bytes.mutable_data_ptr(), size_);
  return bytes;
}

bool file_exists(const std::string& path) {
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (error) throw Error(ErrorKind::kModel, path + " cannot be read: " + error.message());
  return exists;
}

std::string read_text_file(const std::string& path) {
  const InputFile file(path);
  if (file.size() > kMaxTextFile) {
    throw Error(ErrorKind::kModel, path + " has " + std::to_string(file.size()) +
                                       " bytes; expected a text of at most " + std::to_string(kMaxTextFile));
  }
  std::string text(file.size(), '\0');
  file.read(0, text.data(), text.size());
  return text;
}

void write_file_atomically(const std::string& path, const std::function<void(const WritePart&)>& write) {
  const std::string target = resolve_links(path);
  const std::string partial = target + ".partial";
  try {
    {
      const Descriptor descriptor(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
      if (descriptor.get() < 0) fail_to_write(path);
      write([&](std::string_view part) { write_all(descriptor.get(), part.data(), part.size(), path); });
      if (::fsync(descriptor.get()) != 0) fail_to_write(path);
    }
    if (::rename(partial.c_str(), target.c_str()) != 0) fail_to_write(path);
  } catch (...) {
    ::unlink(partial.c_str());  // a full disk needs the space
    throw;
  }
}

void write_file_atomically(const std::string& path, std::string_view text) {
  write_file_atomically(path, [text](const WritePart& write) { write(text); });
}

}  // namespace dppo
