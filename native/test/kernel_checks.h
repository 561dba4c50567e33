// What the tests of the kernels share.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>
#include <gtest/gtest.h>

#include "kernel/level.h"

namespace dppo::kernel {

// Calls visit(kernels) for every level of instructions that the processor has.
template <typename Visit>
void for_each_level(Visit visit) {
  int levels = 0;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    const Kernels* kernels = kernels_for(level);
    if (kernels == nullptr) continue;
    SCOPED_TRACE("level " + std::to_string(static_cast<int>(level)));
    visit(*kernels);
    ++levels;
  }
  EXPECT_GE(levels, 1);
}

// Returns the largest difference of a float32 result from left right + bias in float64, relative to the sum of the
// magnitudes that each output adds.
inline double error_of(const at::Tensor& got, const at::Tensor& left, const at::Tensor& right,
                       const at::Tensor& bias = {}) {
  const at::Tensor a = left.to(at::kDouble), b = right.to(at::kDouble);
  at::Tensor want = a.matmul(b), scale = a.abs().matmul(b.abs());
  if (bias.defined()) {
    want = want + bias.to(at::kDouble);
    scale = scale + bias.to(at::kDouble).abs();
  }
  EXPECT_EQ(got.sizes(), want.sizes());
  EXPECT_EQ(got.scalar_type(), at::kFloat);
  EXPECT_TRUE(got.is_contiguous());
  return ((got.to(at::kDouble) - want).abs() / scale).max().item<double>();
}

}  // namespace dppo::kernel
