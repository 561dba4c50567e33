#include "model/decode_weights.h"

#include <map>

namespace dppo {

gpu::Ending ending_of(const std::string& activation) {
  static const std::map<std::string, gpu::Ending> endings{{"relu", gpu::Ending::kRelu},
                                                          {"gelu", gpu::Ending::kGelu},
                                                          {"gelu_new", gpu::Ending::kGeluNew},
                                                          {"silu", gpu::Ending::kSilu},
                                                          {"tanh", gpu::Ending::kTanh}};
  return endings.at(activation);
}

}  // namespace dppo
