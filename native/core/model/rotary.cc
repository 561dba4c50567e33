#include "model/rotary.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <numbers>

namespace dppo {

namespace {

// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between are interpolated.
double llama3_frequency(double frequency, const RopeScaling& rope) {
  const double wavelength = 2.0 * std::numbers::pi / frequency;
  if (wavelength < rope.original_positions / rope.high_freq_factor) return frequency;
  if (wavelength > rope.original_positions / rope.low_freq_factor) return frequency / rope.factor;
  const double smooth =
      (rope.original_positions / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  return (1.0 - smooth) * frequency / rope.factor + smooth * frequency;
}

}  // namespace

at::Tensor rotary_frequencies(const ModelConfig& config) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < config.head_dim / 2; ++k) {
    double frequency =
        std::pow(config.rope_theta, -2.0 * static_cast<double>(k) / static_cast<double>(config.head_dim));
    if (config.rope.type == RopeType::kLinear) frequency /= config.rope.factor;
    if (config.rope.type == RopeType::kLlama3) frequency = llama3_frequency(frequency, config.rope);
    values.push_back(static_cast<float>(frequency));
  }
  return at::tensor(values);
}

RotaryTables rotary_tables(const at::Tensor& frequencies, const at::Tensor& positions, at::ScalarType dtype) {
  const at::Tensor angles = positions.to(at::kFloat).unsqueeze(-1) * frequencies;  // (N, head_dim / 2)
  const at::Tensor cos = angles.cos();
  const at::Tensor sin = angles.sin();
  return {at::cat({cos, cos}, /*dim=*/-1).unsqueeze(1).to(dtype),
          at::cat({-sin, sin}, /*dim=*/-1).unsqueeze(1).to(dtype)};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables) {
  // The halves change places.
  const at::Tensor turned = x.unflatten(/*dim=*/-1, {2, x.size(-1) / 2}).flip(/*dims=*/-2).flatten(/*start_dim=*/-2);
  return x * tables.cos + turned * tables.sin;
}

}  // namespace dppo
