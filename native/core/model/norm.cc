#include "model/norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/rsqrt.h>

#include "base/modes.h"
#include "model/norm_gradient.h"

#ifdef DPPO_WITH_FUSED_RMS_NORM
#include <ATen/ops/rms_norm.h>
#endif

namespace dppo {

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  if (records_float32_on_cpu({x, weight, bias})) return layer_norm_with_gradient(x, *this);
  return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  if (records_float32_on_cpu({x, weight})) return rms_norm_with_gradient(x, *this);
#ifdef DPPO_WITH_FUSED_RMS_NORM
  // One kernel instead of eight.
  if (x.is_cuda() && x.scalar_type() == weight.scalar_type()) return at::rms_norm(x, {x.size(-1)}, weight, eps);
#endif
  // The mean square in float32, because squares overflow in half precision.
  const bool half = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
  const at::Tensor wide = half ? x.to(at::kFloat) : x;
  const at::Tensor scale = at::rsqrt(wide.pow(2).mean(/*dim=*/-1, /*keepdim=*/true) + eps);
  return weight * (wide * scale).to(x.scalar_type());
}

}  // namespace dppo
