// Generalised advantage estimation (Schulman et al. 2016) over the tokens of a response.
#pragma once

#include <ATen/core/Tensor.h>

#include "ppo/config.h"

namespace dppo {

struct Advantages {
  at::Tensor values;      // (B, T-1) old values, 0 outside the mask
  at::Tensor returns;     // (B, T-1) advantages before whitening, plus values
  at::Tensor advantages;  // (B, T-1) whitened over the positions of the mask
};

// rewards, values and mask are (B, T-1). A batch with a single response token gets the advantage 0.
Advantages estimate_advantages(const at::Tensor& rewards, const at::Tensor& values, const at::Tensor& mask,
                               const PpoConfig& config);

}  // namespace dppo
