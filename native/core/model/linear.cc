#include "model/linear.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>

#include "model/precision.h"

namespace dppo {

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, widened(weight), widened(bias)); }

}  // namespace dppo
