#include "model/value_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <cmath>

#include "base/random.h"

namespace dppo {

namespace {

// Far from the streams of samples, which count up from zero.
constexpr std::uint64_t kValueHeadStream = 0x76616C7565ULL;

}  // namespace

at::Tensor ValueHead::operator()(const at::Tensor& hidden) const {
  return at::linear(hidden.to(weight.scalar_type()), weight, bias).squeeze(-1);
}

ValueHead init_value_head(std::int64_t width, std::uint64_t seed) {
  RandomStream random(seed, kValueHeadStream);
  const double bound = 1.0 / std::sqrt(static_cast<double>(width));
  at::Tensor weight = at::empty({1, width});
  at::Tensor bias = at::empty({1});
  for (const at::Tensor& tensor : {weight, bias}) {
    float* values = tensor.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
      values[i] = static_cast<float>((2.0 * random.next_uniform() - 1.0) * bound);
    }
  }
  return {weight, bias};
}

}  // namespace dppo
