// Sum of squares against a plain loop, on every level of instructions that the processor has.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/modes.h"
#include "kernel/sum.h"
#include "kernel_checks.h"

namespace dppo::kernel {
namespace {

TEST(SumOfSquaresTest, AgreesWithAPlainLoopAndIgnoresThreads) {
  const ThreadCountScope restored(1);
  for_each_level([&](const Kernels& kernels) {
    for (const std::int64_t size : {1, 31, 16384, 300'007}) {
      const at::Tensor x = at::randn({size});
      const float* values = x.const_data_ptr<float>();
      long double want = 0.0L;
      for (std::int64_t i = 0; i < size; ++i) want += static_cast<long double>(values[i]) * values[i];
      at::set_num_threads(1);
      const double got = sum_of_squares(x, kernels);
      EXPECT_NEAR(static_cast<double>(got / want), 1.0, 1e-13);
      at::set_num_threads(2);
      EXPECT_EQ(sum_of_squares(x, kernels), got);
    }
  });
}

TEST(SumOfSquaresTest, HoldsSquaresThatFloat32CannotHold) {
  const at::Tensor x = at::empty({3}).fill_(1e30F);
  EXPECT_NEAR(sum_of_squares(x) / 3e60, 1.0, 1e-6);
}

TEST(SumOfSquaresTest, EmptyIsZeroAndOtherTensorsAreRefused) {
  EXPECT_EQ(sum_of_squares(at::empty({0})), 0.0);
  EXPECT_THROW(sum_of_squares(at::randn({4, 5}).t()), Error);
  EXPECT_THROW(sum_of_squares(at::randn({4}).to(at::kDouble)), Error);
}

}  // namespace
}  // namespace dppo::kernel
