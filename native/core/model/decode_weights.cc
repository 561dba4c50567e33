#include "model/decode_weights.h"

#include "base/error.h"

namespace dppo {

gpu::Ending ending_of(Activation activation) {
  switch (activation) {
    case Activation::kRelu: return gpu::Ending::kRelu;
    case Activation::kGelu: return gpu::Ending::kGelu;
    case Activation::kGeluNew: return gpu::Ending::kGeluNew;
    case Activation::kSilu: return gpu::Ending::kSilu;
    case Activation::kTanh: return gpu::Ending::kTanh;
  }
  throw Error(ErrorKind::kInternal, "an unknown activation");
}

}  // namespace dppo
