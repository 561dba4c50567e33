#include "model/decode_weights.h"

#include "base/error.h"

namespace dppo {

gpu::Epilogue epilogue_of(Activation activation) {
  switch (activation) {
    case Activation::kRelu: return gpu::Epilogue::kRelu;
    case Activation::kGelu: return gpu::Epilogue::kGelu;
    case Activation::kGeluNew: return gpu::Epilogue::kGeluNew;
    case Activation::kSilu: return gpu::Epilogue::kSilu;
    case Activation::kTanh: return gpu::Epilogue::kTanh;
  }
  throw Error(ErrorKind::kInternal, "an unknown activation");
}

}  // namespace dppo
