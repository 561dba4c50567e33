#include "base/error.h"

namespace dppo {

const char* error_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kShape: return "ERR_SHAPE";
    case ErrorKind::kConfig: return "ERR_CONFIG";
    case ErrorKind::kData: return "ERR_DATA";
    case ErrorKind::kIo: return "ERR_IO";
    case ErrorKind::kModel: return "ERR_MODEL";
    case ErrorKind::kCheckpointFormat: return "ERR_CHECKPOINT_FORMAT";
    case ErrorKind::kDevice: return "ERR_DEVICE";
    case ErrorKind::kOutOfMemory: return "ERR_OUT_OF_MEMORY";
    case ErrorKind::kAborted: return "ERR_ABORTED";
    case ErrorKind::kDisposed: return "ERR_DISPOSED";
    case ErrorKind::kInternal: return "ERR_INTERNAL";
  }
  return "ERR_INTERNAL";
}

}  // namespace dppo
