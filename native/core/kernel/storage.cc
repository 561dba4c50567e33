#include "kernel/storage.h"

#include "base/error.h"

namespace dppo::kernel {

Storage storage_of(const at::Tensor& matrix) {
  switch (matrix.scalar_type()) {
    case at::kFloat: return Storage::kFloat32;
    case at::kBFloat16: return Storage::kBfloat16;
    case at::kHalf: return Storage::kFloat16;
    default: throw Error(ErrorKind::kShape, "a matrix must be float32, bfloat16 or float16 to be multiplied");
  }
}

}  // namespace dppo::kernel
