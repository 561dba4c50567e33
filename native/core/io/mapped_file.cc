#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace dppo {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

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

}  // namespace

void throw_write_error(const std::string& path, int number) {
  // The caller can mend a wrong path or a missing permission, but not a full disk or one that fails.
  const bool system = number == ENOSPC || number == EDQUOT || number == EIO || number == EFBIG || number == EMFILE ||
                      number == ENFILE || number == ENOMEM;
  throw Error(system ? ErrorKind::kIo : ErrorKind::kConfig, path + " cannot be written: " + std::strerror(number));
}

std::shared_ptr<MappedFile> MappedFile::open(const std::string& path, MapAccess access) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) throw Error(ErrorKind::kModel, path + " cannot be opened: " + reason());
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::kModel, path + " is not a regular file");
  }
  std::shared_ptr<MappedFile> file(new MappedFile());
  file->path_ = path;
  file->size_ = static_cast<std::size_t>(info.st_size);
  if (file->size_ == 0) return file;
  const int protection = access == MapAccess::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  void* data = ::mmap(nullptr, file->size_, protection, MAP_PRIVATE, descriptor.get(), 0);
  if (data == MAP_FAILED) throw Error(ErrorKind::kModel, path + " cannot be mapped: " + reason());
  file->data_ = static_cast<const std::byte*>(data);
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string read_text_file(const std::string& path) { return std::string(MappedFile::open(path)->text()); }

void write_file_atomically(const std::string& path, const std::function<void(const WritePart&)>& write) {
  const std::string partial = path + ".partial";
  try {
    {
      const Descriptor descriptor(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
      if (descriptor.get() < 0) fail_to_write(path);
      write([&](std::string_view part) { write_all(descriptor.get(), part.data(), part.size(), path); });
      if (::fsync(descriptor.get()) != 0) fail_to_write(path);
    }
    if (::rename(partial.c_str(), path.c_str()) != 0) fail_to_write(path);
  } catch (...) {
    ::unlink(partial.c_str());  // a full disk needs the space
    throw;
  }
}

void write_file_atomically(const std::string& path, std::string_view text) {
  write_file_atomically(path, [text](const WritePart& write) { write(text); });
}

}  // namespace dppo
