#include "ppo/masked.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/rsqrt.h>

namespace dppo {

at::Tensor masked_mean(const at::Tensor& x, const at::Tensor& mask) { return (x * mask).sum() / mask.sum(); }

at::Tensor masked_var(const at::Tensor& x, const at::Tensor& mask) {
  const at::Tensor count = mask.sum();
  const at::Tensor centred = x - masked_mean(x, mask);
  // The divisor for one element would be 0; its only squared deviation is 0 as well.
  return masked_mean(centred * centred, mask) * count / (count - 1).clamp_min(1);
}

at::Tensor masked_whiten(const at::Tensor& x, const at::Tensor& mask, bool keep_mean) {
  const at::Tensor mean = masked_mean(x, mask);
  const at::Tensor white = (x - mean) * at::rsqrt(masked_var(x, mask) + 1e-8);
  return keep_mean ? white + mean : white;
}

}  // namespace dppo
