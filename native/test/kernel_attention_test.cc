// Attention over a cache against float64, on every level of instructions that the processor has.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/modes.h"
#include "kernel/cached_attention.h"
#include "kernel_checks.h"

namespace dppo::kernel {
namespace {

using Numbers = std::vector<std::int64_t>;

// The definition, in float64, one row and one head at a time.
at::Tensor by_definition(const at::Tensor& q, const CacheView& cache, std::int64_t window, double scale) {
  at::Tensor out = at::empty(q.sizes(), at::kDouble);
  const std::int64_t group = q.size(1) / cache.keys.size(1);
  for (std::int64_t row = 0; row < q.size(0); ++row) {
    const std::int64_t length = cache.lengths[row];
    const std::int64_t first = window > 0 && length > window ? length - window : 0;
    for (std::int64_t head = 0; head < q.size(1); ++head) {
      const auto visible = [&](const at::Tensor& all) {
        return all.select(0, cache.slots[row]).select(0, head / group).narrow(0, first, length - first).to(at::kDouble);
      };
      const at::Tensor scores = visible(cache.keys).matmul(q.select(0, row).select(0, head).to(at::kDouble)) * scale;
      out.select(0, row).select(0, head).copy_(at::softmax(scores, 0).matmul(visible(cache.values)));
    }
  }
  return out.flatten(1);
}

struct Case {
  std::int64_t heads;
  std::int64_t key_heads;
  std::int64_t size;
  std::int64_t window;
};

TEST(CachedAttentionTest, AgreesWithTheDefinition) {
  const Numbers slots{3, 0, 4, 1};
  const Numbers lengths{1, 37, 16, 50};
  for (const Case& c : {Case{3, 3, 64, 0}, Case{8, 2, 64, 0}, Case{10, 2, 16, 5}, Case{6, 2, 80, 0}, Case{4, 2, 7, 0},
                        Case{1, 1, 1, 9}, Case{2, 1, 33, 50}, Case{12, 2, 128, 1}}) {
    const at::Tensor q = at::randn({4, c.heads, c.size});
    const at::Tensor keys = at::randn({5, c.key_heads, 50, c.size});
    const at::Tensor values = at::randn({5, c.key_heads, 50, c.size});
    const CacheView cache{keys, values, slots, lengths};
    const at::Tensor want = by_definition(q, cache, c.window, 0.3);
    for_each_level([&](const Kernels& kernels) {
      const at::Tensor got = cached_attention(q, cache, c.window, 0.3, kernels);
      ASSERT_EQ(got.sizes(), want.sizes());
      EXPECT_LT((got.to(at::kDouble) - want).abs().max().item<double>(), 1e-5) << c.heads << " heads of " << c.size;
    });
  }
}

// Two keys with scores 0 and x and values 1 and 0 give 1 / (1 + e^x); with values 0 and 1, e^x / (1 + e^x).
TEST(CachedAttentionTest, ExponentialIsExactToFloat32) {
  const Numbers slots{0};
  const Numbers lengths{2};
  const at::Tensor q = at::full({1, 1, 1}, 1.0F);
  const at::Tensor keys = at::zeros({1, 1, 2, 1});
  const at::Tensor values = at::zeros({1, 1, 2, 1});
  values.view(-1)[1] = 1.0F;
  for_each_level([&](const Kernels& kernels) {
    for (int i = 0; i < 2000; ++i) {
      const float x = -86.9F * static_cast<float>(i) / 2000.0F;
      keys.view(-1)[1] = x;
      const double got = cached_attention(q, {keys, values, slots, lengths}, 0, 1.0, kernels).item<double>();
      const double power = std::exp(static_cast<double>(x));
      EXPECT_NEAR(got / (power / (1.0 + power)), 1.0, 4e-7) << x;
    }
    keys.view(-1)[1] = -200.0F;
    EXPECT_EQ(cached_attention(q, {keys, values, slots, lengths}, 0, 1.0, kernels).item<double>(), 0.0);
    keys.view(-1)[1] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(cached_attention(q, {keys, values, slots, lengths}, 0, 1.0, kernels).item<double>()));
  });
}

TEST(CachedAttentionTest, BitsDependOnNeitherTheBatchNorTheThreads) {
  const ThreadCountScope restored(1);
  const at::Tensor q = at::randn({6, 8, 64});
  const at::Tensor keys = at::randn({6, 2, 200, 64});
  const at::Tensor values = at::randn({6, 2, 200, 64});
  const Numbers slots{5, 4, 3, 2, 1, 0};
  const Numbers lengths{200, 1, 90, 150, 199, 8};
  for_each_level([&](const Kernels& kernels) {
    at::set_num_threads(1);
    const at::Tensor all = cached_attention(q, {keys, values, slots, lengths}, 0, 0.125, kernels);
    at::set_num_threads(2);
    EXPECT_TRUE(cached_attention(q, {keys, values, slots, lengths}, 0, 0.125, kernels).equal(all));
    for (std::size_t row = 0; row < 6; ++row) {
      const CacheView one{keys, values, {&slots[row], 1}, {&lengths[row], 1}};
      const auto at_row = static_cast<std::int64_t>(row);
      EXPECT_TRUE(cached_attention(q.narrow(0, at_row, 1), one, 0, 0.125, kernels).equal(all.narrow(0, at_row, 1)));
    }
  });
}

TEST(CachedAttentionTest, RefusesWhatDoesNotFit) {
  const at::Tensor q = at::randn({1, 4, 8});
  const at::Tensor cache = at::randn({2, 2, 10, 8});
  const Numbers zero{0}, one{1}, two{2}, eleven{11}, none;
  const auto call = [&](const at::Tensor& queries, const at::Tensor& keys, const Numbers& slots, const Numbers& lengths,
                        std::int64_t window) {
    return cached_attention(queries, {keys, cache, slots, lengths}, window, 1.0);
  };
  EXPECT_NO_THROW(call(q, cache, one, two, 0));
  EXPECT_THROW(call(q, cache, two, two, 0), Error);
  EXPECT_THROW(call(q, cache, one, zero, 0), Error);
  EXPECT_THROW(call(q, cache, one, eleven, 0), Error);
  EXPECT_THROW(call(q, cache, none, none, 0), Error);
  EXPECT_THROW(call(q, cache, one, two, -1), Error);
  EXPECT_THROW(call(q, at::randn({2, 2, 9, 8}), one, two, 0), Error);
  EXPECT_THROW(call(at::randn({1, 3, 8}), cache, one, two, 0), Error);
  EXPECT_THROW(call(at::randn({1, 4, 7}), cache, one, two, 0), Error);
  EXPECT_THROW(call(q.to(at::kDouble), cache, one, two, 0), Error);
}

}  // namespace
}  // namespace dppo::kernel
