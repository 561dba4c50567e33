// Matrix products against float64, on every level of instructions that the processor has.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/memory_reuse.h"
#include "base/modes.h"
#include "kernel/product.h"
#include "kernel_checks.h"
#include "model/linear_gradient.h"

namespace dppo::kernel {
namespace {

// A matrix of this size, whose memory lies row by row or column by column.
at::Tensor matrix(std::int64_t rows, std::int64_t columns, bool by_columns) {
  return by_columns ? at::randn({columns, rows}).t() : at::randn({rows, columns});
}

// The sizes are below, at and above those of tiles and blocks.
TEST(MatrixProductTest, AgreesWithFloat64) {
  for_each_level([](const Kernels& kernels) {
    for (const auto& [rows, inner, columns] : std::vector<std::array<std::int64_t, 3>>{{1, 1, 1},
                                                                                       {1, 7, 33},
                                                                                       {5, 384, 16},
                                                                                       {6, 385, 15},
                                                                                       {7, 3, 64},
                                                                                       {12, 800, 32},
                                                                                       {13, 1200, 31},
                                                                                       {970, 5, 17}}) {
      for (const bool left_by_columns : {false, true}) {
        for (const bool right_by_columns : {false, true}) {
          const at::Tensor left = matrix(rows, inner, left_by_columns);
          const at::Tensor right = matrix(inner, columns, right_by_columns);
          EXPECT_LT(error_of(matrix_product(left, right, {}, kernels), left, right), 1e-6)
              << rows << " x " << inner << " x " << columns << ", " << left_by_columns << right_by_columns;
        }
      }
    }
  });
}

TEST(MatrixProductTest, WidensMatricesOfSixteenBits) {
  for_each_level([](const Kernels& kernels) {
    for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
      for (const bool by_columns : {false, true}) {
        const at::Tensor left = at::randn({9, 395});
        const at::Tensor right = matrix(395, 37, by_columns).to(type);
        ASSERT_EQ(right.stride(0) == 1, by_columns);
        // Products of widened numbers are the same products.
        EXPECT_TRUE(
            matrix_product(left, right, {}, kernels).equal(matrix_product(left, right.to(at::kFloat), {}, kernels)));
        EXPECT_LT(error_of(matrix_product(left, right, {}, kernels), left, right), 1e-6);
      }
    }
  });
}

TEST(MatrixProductTest, AddsTheBiasOnce) {
  for_each_level([](const Kernels& kernels) {
    const at::Tensor left = at::randn({8, 900}), right = at::randn({900, 35}), bias = at::randn({35});
    const at::Tensor want = matrix_product(left, right, {}, kernels) + bias;
    EXPECT_TRUE(matrix_product(left, right, bias, kernels).allclose(want, 1e-5, 1e-4));
  });
}

TEST(MatrixProductTest, BitsDependOnNeitherTheBatchNorTheThreads) {
  const ThreadCountScope restored(1);
  for_each_level([](const Kernels& kernels) {
    const at::Tensor left = at::randn({300, 700}), right = at::randn({450, 700}).t(), bias = at::randn({450});
    at::set_num_threads(1);
    const at::Tensor all = matrix_product(left, right, bias, kernels);
    for (const int count : {2, 64}) {
      at::set_num_threads(count);
      EXPECT_TRUE(matrix_product(left, right, bias, kernels).equal(all)) << count << " threads";
    }
    for (const std::int64_t count : {1, 5, 77}) {
      const at::Tensor some = matrix_product(left.narrow(0, 300 - count, count), right, bias, kernels);
      EXPECT_TRUE(some.equal(all.narrow(0, 300 - count, count))) << count << " rows";
    }
    const at::Tensor columns = matrix_product(left, right.narrow(1, 3, 20), bias.narrow(0, 3, 20), kernels);
    EXPECT_TRUE(columns.equal(all.narrow(1, 3, 20)));
  });
}

TEST(MatrixProductTest, TakesExpandedAndStridedMatrices) {
  const at::Tensor right = at::randn({20, 30});
  const at::Tensor ones = at::ones({1, 1}).expand({4, 20});
  EXPECT_LT(error_of(matrix_product(ones, right), ones, right), 1e-6);
  const at::Tensor sparse = at::randn({8, 40}).slice(/*dim=*/1, 0, 40, /*step=*/2);
  EXPECT_LT(error_of(matrix_product(sparse, right), sparse, right), 1e-6);
  const at::Tensor column = at::randn({20, 1}).expand({20, 30});
  EXPECT_LT(error_of(matrix_product(sparse, column), sparse, column), 1e-6);
}

TEST(MatrixProductTest, KeepsEmptyMatrices) {
  EXPECT_EQ(matrix_product(at::randn({0, 6}), at::randn({6, 5})).sizes(), (std::vector<std::int64_t>{0, 5}));
  EXPECT_EQ(matrix_product(at::randn({3, 6}), at::randn({6, 0})).sizes(), (std::vector<std::int64_t>{3, 0}));
  const at::Tensor bias = at::randn({5});
  EXPECT_TRUE(matrix_product(at::randn({3, 0}), at::randn({0, 5}), bias).equal(bias.expand({3, 5})));
}

TEST(MatrixProductTest, RefusesWhatDoesNotFit) {
  const at::Tensor left = at::randn({2, 6}), right = at::randn({6, 5});
  EXPECT_THROW(matrix_product(left, at::randn({7, 5})), Error);
  EXPECT_THROW(matrix_product(left, at::randn({6})), Error);
  EXPECT_THROW(matrix_product(left, right, at::randn({6})), Error);
  EXPECT_THROW(matrix_product(left.to(at::kDouble), right), Error);
  EXPECT_THROW(matrix_product(left, right.to(at::kDouble)), Error);
}

// Both products that linear_with_gradient can use.
class LinearGradientTest : public testing::TestWithParam<Product> {};

// The gradients of autograd's own linear layer in float64.
TEST_P(LinearGradientTest, AgreesWithAutograd) {
  for (const bool with_bias : {false, true}) {
    const auto leaf = [](const at::Tensor& value) { return value.detach().clone().requires_grad_(true); };
    const at::Tensor x = leaf(at::randn({13, 401})), weight = leaf(at::randn({27, 401}));
    const at::Tensor bias = with_bias ? leaf(at::randn({27})) : at::Tensor();
    const at::Tensor wide_x = leaf(x.to(at::kDouble)), wide_weight = leaf(weight.to(at::kDouble));
    const at::Tensor wide_bias = with_bias ? leaf(bias.to(at::kDouble)) : at::Tensor();
    const at::Tensor factors = at::randn({13, 27});
    (linear_with_gradient(x, weight, bias, GetParam()).tanh() * factors).sum().backward();
    (at::linear(wide_x, wide_weight, wide_bias).tanh() * factors).sum().backward();
    EXPECT_TRUE(x.grad().to(at::kDouble).allclose(wide_x.grad(), 1e-4, 1e-4));
    EXPECT_TRUE(weight.grad().to(at::kDouble).allclose(wide_weight.grad(), 1e-4, 1e-4));
    if (with_bias) {
      EXPECT_TRUE(bias.grad().to(at::kDouble).allclose(wide_bias.grad(), 1e-4, 1e-4));
    }
  }
}

TEST_P(LinearGradientTest, RefusesGradientsOfGradients) {
  const at::Tensor x = at::randn({4, 6}).requires_grad_(true);
  const at::Tensor y = linear_with_gradient(x, at::randn({5, 6}), {}, GetParam()).sum();
  EXPECT_ANY_THROW(y.backward({}, /*retain_graph=*/true, /*create_graph=*/true));
}

TEST_P(LinearGradientTest, LeavesOutWhatNeedsNoGradient) {
  const at::Tensor x = at::randn({4, 6});
  const at::Tensor weight = at::randn({5, 6}).requires_grad_(true);
  linear_with_gradient(x, weight, {}, GetParam()).sum().backward();
  EXPECT_FALSE(x.grad().defined());
  EXPECT_EQ(weight.grad().sizes(), weight.sizes());
  EXPECT_EQ(weight.grad().strides(), weight.strides());
}

TEST_P(LinearGradientTest, LetsAutogradAddInPlace) {
  const MemoryReuseScope scope;
  const at::Tensor weight = at::randn({512, 512}).requires_grad_(true);
  const auto use = [&] { return linear_with_gradient(at::randn({4, 512}), weight, {}, GetParam()).sum(); };
  (use() + use()).backward();
  // What is freed is cached: one of two gradients. Their sum, out of place, would leave both.
  EXPECT_LT(cached_memory(), 3 * weight.nbytes() / 2);
}

INSTANTIATE_TEST_SUITE_P(Products, LinearGradientTest, testing::Values(Product::kOwn, Product::kLibrary),
                         [](const auto& product) { return product.param == Product::kOwn ? "Own" : "Library"; });

}  // namespace
}  // namespace dppo::kernel
