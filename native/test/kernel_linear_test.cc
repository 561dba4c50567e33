// Linear layers for few rows against float64, on every level of instructions that the processor has.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "base/modes.h"
#include "kernel/few_rows.h"
#include "kernel/linear.h"
#include "kernel/storage.h"
#include "kernel_checks.h"

namespace dppo::kernel {
namespace {

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

TEST(FewRowLinearTest, AgreesWithFloat64) {
  for_each_level([&](const Kernels& kernels) {
    for (const at::ScalarType type : kTypes) {
      for (const std::int64_t in : {1, 7, 32, 100, 333}) {
        for (const std::int64_t rows : {1, 2, 3, 4, 5, 11}) {
          const at::Tensor x = at::randn({rows, in});
          const at::Tensor weight = at::randn({29, in}).to(type);
          const at::Tensor bias = rows % 2 == 0 ? at::randn({29}).to(type) : at::Tensor();
          EXPECT_LT(error_of(few_row_linear(x, weight, bias, kernels), x, weight.t(), bias), 1e-6)
              << rows << " x " << in << ", " << c10::toString(type);
        }
      }
    }
  });
}

// Every float16 is widened, subnormal numbers and infinities included: a product with 1 returns it.
TEST(FewRowLinearTest, WidensEveryFloat16) {
  const at::Tensor bits = at::arange(-32768, 32768, at::kShort).view({-1, 1});
  const at::Tensor weight = bits.view(at::kHalf);
  const at::Tensor want = weight.to(at::kFloat).t();
  for_each_level([&](const Kernels& kernels) {
    const at::Tensor got = few_row_linear(at::full({1, 1}, 1.0F), weight, {}, kernels);
    EXPECT_TRUE(want.isnan().equal(got.isnan()));
    EXPECT_TRUE(want.nan_to_num(0.0, 1e9, -1e9).equal(got.nan_to_num(0.0, 1e9, -1e9)));
  });
}

TEST(FewRowLinearTest, BitsDependOnNeitherTheBatchNorTheThreads) {
  const ThreadCountScope restored(1);
  for_each_level([&](const Kernels& kernels) {
    for (const at::ScalarType type : kTypes) {
      const at::Tensor x = at::randn({8, 515});
      const at::Tensor weight = at::randn({601, 515}).to(type);
      const at::Tensor bias = at::randn({601});
      at::set_num_threads(1);
      const at::Tensor all = few_row_linear(x, weight, bias, kernels);
      at::set_num_threads(2);
      EXPECT_TRUE(few_row_linear(x, weight, bias, kernels).equal(all));
      for (std::int64_t count = 1; count < 8; ++count) {
        const at::Tensor some = few_row_linear(x.narrow(0, 8 - count, count), weight, bias, kernels);
        EXPECT_TRUE(some.equal(all.narrow(0, 8 - count, count))) << count << " rows";
      }
    }
  });
}

TEST(FewRowLinearTest, KeepsLeadingDimensionsAndEmptyBatches) {
  const at::Tensor weight = at::randn({5, 6});
  EXPECT_EQ(few_row_linear(at::randn({2, 3, 6}), weight, {}).sizes(), (std::vector<std::int64_t>{2, 3, 5}));
  EXPECT_EQ(few_row_linear(at::randn({0, 6}), weight, {}).sizes(), (std::vector<std::int64_t>{0, 5}));
  EXPECT_EQ(few_row_linear(at::randn({6}), weight, {}).sizes(), (std::vector<std::int64_t>{5}));
}

TEST(FewRowLinearTest, SumsOfNothingAreTheBias) {
  const at::Tensor x = at::randn({2, 0}), weight = at::randn({5, 0}), bias = at::randn({5});
  EXPECT_TRUE(few_row_linear(x, weight, bias).equal(bias.expand({2, 5})));
  EXPECT_TRUE(few_row_linear(x, weight, {}).equal(at::zeros({2, 5})));
}

TEST(FewRowLinearTest, RefusesWhatDoesNotFit) {
  const at::Tensor x = at::randn({2, 6});
  EXPECT_THROW(few_row_linear(x, at::randn({5, 7}), {}), Error);
  EXPECT_THROW(few_row_linear(x, at::randn({5, 6}), at::randn({6})), Error);
  EXPECT_THROW(few_row_linear(x, at::randn({6, 5}).t(), {}), Error);
  EXPECT_THROW(few_row_linear(x.to(at::kDouble), at::randn({5, 6}), {}), Error);
  EXPECT_THROW(few_row_linear(x, at::randn({5, 6}).to(at::kDouble), {}), Error);
}

TEST(LinearNoGradTest, EveryPathAgreesWithFloat64) {
  for (const at::ScalarType type : kTypes) {
    for (const std::int64_t rows : {1, 100}) {
      const at::Tensor x = at::randn({rows, 70});
      const at::Tensor weight = at::randn({33, 70}).to(type);
      const at::Tensor bias = at::randn({33}).to(type);
      const Processor processor{has_bfloat16_units(), prefers_own_product()};
      const bool rounds_x = linear_path(rows, storage_of(weight), processor) == LinearPath::kBfloat16;
      EXPECT_LT(error_of(linear_no_grad(x, weight, bias), x, weight.t(), bias), rounds_x ? 1e-2 : 1e-6);
      EXPECT_LT(error_of(widened_linear(x, weight, bias), x, weight.t(), bias), 1e-6);
      for (const LinearPath path : {LinearPath::kFewRows, LinearPath::kProduct, LinearPath::kWidened}) {
        EXPECT_LT(error_of(linear_on(path, x, weight, bias), x, weight.t(), bias), 1e-6) << static_cast<int>(path);
      }
      if (type == at::kFloat) {
        EXPECT_LT(error_of(linear_on(LinearPath::kLibrary, x, weight, bias), x, weight.t(), bias), 1e-6);
      }
    }
  }
}

// 1,800 x 10,000 elements are two blocks, the second of which is smaller.
TEST(LinearNoGradTest, WidensInBlocks) {
  const at::Tensor x = at::randn({2, 10'000});
  const at::Tensor weight = at::randn({1800, 10'000}).to(at::kBFloat16);
  const at::Tensor bias = at::randn({1800}).to(at::kBFloat16);
  EXPECT_LT(error_of(widened_linear(x, weight, bias), x, weight.t(), bias), 1e-6);
  EXPECT_THROW(widened_linear(at::randn({2, 4}), weight, {}), Error);
}

TEST(LinearNoGradTest, ChoosesByRowsStorageAndProcessor) {
  for (const bool units : {false, true}) {
    for (const bool own : {false, true}) {
      const Processor processor{.bfloat16_units = units, .own_product = own};
      for (const Storage storage : {Storage::kFloat32, Storage::kBfloat16, Storage::kFloat16}) {
        EXPECT_EQ(linear_path(8, storage, processor), LinearPath::kFewRows);
      }
      const LinearPath widened = own ? LinearPath::kProduct : LinearPath::kWidened;
      EXPECT_EQ(linear_path(500, Storage::kFloat32, processor), own ? LinearPath::kProduct : LinearPath::kLibrary);
      EXPECT_EQ(linear_path(500, Storage::kFloat16, processor), widened);
      EXPECT_EQ(linear_path(500, Storage::kBfloat16, processor), units ? LinearPath::kBfloat16 : widened);
      // Units for bfloat16 serve from few rows on; other 16-bit weights are widened for many rows only.
      if (units) {
        EXPECT_EQ(linear_path(9, Storage::kBfloat16, processor), LinearPath::kBfloat16);
      } else if (!own) {
        EXPECT_EQ(linear_path(90, Storage::kBfloat16, processor), LinearPath::kFewRows);
      }
    }
  }
}

}  // namespace
}  // namespace dppo::kernel
