// The one exception type that crosses the core's boundary. Every kind maps to one public error code.
#pragma once

#include <stdexcept>
#include <string>

namespace dppo {

enum class ErrorKind {
  kShape,   // tensor or array sizes that do not fit together
  kConfig,  // an option or a configuration value out of range or unknown
  kData,    // input data (tokens, corpora) that cannot be used
  kIo,      // a file that cannot be written or read because of the system: full disk, quota, a disk that fails
  kModel,   // a model folder whose files or values are unsupported or inconsistent
  kCheckpointFormat,  // a damaged or hostile weight or state file
  kDevice,            // a device that is absent or unusable
  kOutOfMemory,       // memory of the machine or of a device exhausted
  kAborted,           // cancelled by the caller
  kDisposed,          // used after dispose
  kInternal,          // a broken invariant of ours
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// Public code of a kind, for example "ERR_SHAPE".
const char* error_code(ErrorKind kind) noexcept;

}  // namespace dppo
