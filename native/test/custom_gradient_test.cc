// The functions whose gradients this package computes, against autograd of the plain operators in float64.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/memory_reuse.h"
#include "model/linear_gradient.h"
#include "model/log_probs.h"
#include "model/norm_gradient.h"
#include "model/row_attention.h"

namespace dppo {
namespace {

using Tensors = std::vector<at::Tensor>;
using Function = std::function<at::Tensor(const Tensors&)>;

Tensors leaves(const Tensors& values, at::ScalarType type) {
  Tensors result;
  for (const at::Tensor& value : values)
    result.push_back(value.detach().to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_(true));
  return result;
}

// Expects the same values, and the same gradients of a weighted sum of them.
void expect_equal(const Tensors& values, const Function& own, const Function& plain, const std::string& what) {
  const Tensors float_inputs = leaves(values, at::kFloat), double_inputs = leaves(values, at::kDouble);
  const at::Tensor result = own(float_inputs), expected = plain(double_inputs);
  EXPECT_TRUE(result.to(at::kDouble).allclose(expected, 1e-5, 1e-5)) << what;
  const at::Tensor weights = at::randn(expected.sizes(), at::kDouble);
  (result * weights.to(at::kFloat)).sum().backward();
  (expected * weights).sum().backward();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(float_inputs[i].grad().to(at::kDouble).allclose(double_inputs[i].grad(), 1e-4, 1e-4))
        << what << ", gradient " << i;
  }
}

// Counts what is freed. A scope caches no more than its tensors took at their peak, which the reserve raises.
class FreedMemory {
 public:
  std::size_t bytes() const { return cached_memory(); }

 private:
  MemoryReuseScope scope_;
  at::Tensor reserve_ = at::empty({std::int64_t{256} << 20}, at::kByte);
};

constexpr std::int64_t kTokens = 24, kWidth = 96;

TEST(CustomGradients, OfNormsWithTheLinearLayersThatReadThem) {
  const Tensors values{at::randn({kTokens, kWidth}), at::randn({kWidth}), at::randn({kWidth}), at::randn({40, kWidth}),
                       at::randn({56, kWidth})};
  // The norm is read twice by linear layers and once by another operation.
  const auto use = [](const at::Tensor& y, const Tensors& x, const auto& linear) {
    return at::cat({linear(y, x[3]), linear(y.tanh(), x[4]), y}, /*dim=*/1);
  };
  const auto own_linear = [](const at::Tensor& y, const at::Tensor& w) { return linear_with_gradient(y, w, {}); };
  const auto plain_linear = [](const at::Tensor& y, const at::Tensor& w) { return at::linear(y, w); };
  expect_equal(
      values,
      [&](const Tensors& x) {
        const at::Tensor y = layer_norm_with_gradient(x[0], {x[1], x[2], 1e-5});
        EXPECT_NE(norm_behind(y), nullptr);
        EXPECT_EQ(norm_behind(y.tanh()), nullptr);
        return use(y, x, own_linear);
      },
      [&](const Tensors& x) { return use(at::layer_norm(x[0], {kWidth}, x[1], x[2], 1e-5), x, plain_linear); },
      "layer norm");
  expect_equal(
      {values[0], values[1], values[1], values[3], values[4]},
      [&](const Tensors& x) {
        return use(rms_norm_with_gradient(x[0], {x[1], {}, 1e-6}) + x[2], x, own_linear);
      },
      [&](const Tensors& x) {
        const at::Tensor scale = (x[0].pow(2).mean(-1, /*keepdim=*/true) + 1e-6).rsqrt();
        return use(x[0] * scale * x[1] + x[2], x, plain_linear);
      },
      "RMSNorm");
}

TEST(CustomGradients, OfANormWithoutWeights) {
  expect_equal(
      {at::randn({kTokens, kWidth})},
      [](const Tensors& x) {
        return layer_norm_with_gradient(x[0], {{}, {}, 1e-5});
      },
      [](const Tensors& x) { return at::layer_norm(x[0], {kWidth}, {}, {}, 1e-5); }, "layer norm without weights");
}

// Attention of one row in plain products.
at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t window,
                           double scale) {
  const auto heads_first = [](const at::Tensor& x) { return x.transpose(0, 1); };
  const std::int64_t queries = q.size(0), keys = k.size(0);
  at::Tensor hidden = at::ones({queries, keys}, at::kBool);
  for (std::int64_t i = 0; i < queries; ++i) {
    const std::int64_t own = keys - queries + i;
    for (std::int64_t j = 0; j <= own; ++j) {
      if (window == 0 || j > own - window) hidden[i][j] = false;
    }
  }
  const at::Tensor scores = heads_first(q).matmul(heads_first(k).transpose(1, 2)) * scale;
  const at::Tensor shares = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity()).softmax(-1);
  return shares.matmul(heads_first(v)).transpose(0, 1).flatten(1);
}

TEST(CustomGradients, OfAttentionRowByRow) {
  constexpr std::int64_t kHeads = 3, kDim = 8;
  constexpr double kScale = 0.3;
  const std::vector<std::int64_t> lengths{5, 1, 9};
  for (const std::vector<std::int64_t>& tails : {lengths, std::vector<std::int64_t>{2, 1, 1}}) {
    for (const std::int64_t window : {0, 3}) {
      const std::int64_t queries = tails[0] + tails[1] + tails[2];
      const Tensors values{at::randn({queries, kHeads, kDim}), at::randn({15, kHeads, kDim}),
                           at::randn({15, kHeads, kDim})};
      expect_equal(
          values,
          [&](const Tensors& x) {
            return attend_rows(x[0], x[1], x[2], {lengths, tails, window}, kScale);
          },
          [&](const Tensors& x) {
            Tensors rows;
            std::int64_t query = 0, key = 0;
            for (std::size_t b = 0; b < lengths.size(); ++b) {
              rows.push_back(plain_attention(x[0].narrow(0, query, tails[b]), x[1].narrow(0, key, lengths[b]),
                                             x[2].narrow(0, key, lengths[b]), window, kScale));
              query += tails[b];
              key += lengths[b];
            }
            return at::cat(rows);
          },
          "window " + std::to_string(window) + ", " + std::to_string(queries) + " queries");
    }
  }
}

TEST(CustomGradients, OfLogitsThatAreOverwritten) {
  // More than one chunk.
  constexpr std::int64_t kRows = 70, kVocabulary = 5000;
  const at::Tensor ids = at::randint(kVocabulary, {kRows}, at::kLong);
  at::Tensor entropy, expected_entropy;
  expect_equal(
      {at::randn({kRows, kVocabulary})},
      [&](const Tensors& x) {
        const TokenScores scores = score_and_overwrite(x[0] * 2.0, ids, /*with_entropy=*/true);
        entropy = scores.entropy;
        return scores.log_probs;
      },
      [&](const Tensors& x) {
        const at::Tensor shares = (x[0] * 2.0).softmax(-1);
        expected_entropy = -(shares * shares.log()).sum(-1);
        return shares.log().gather(-1, ids.unsqueeze(-1)).squeeze(-1);
      },
      "log-probabilities");
  EXPECT_FALSE(entropy.requires_grad());
  EXPECT_TRUE(entropy.to(at::kDouble).allclose(expected_entropy, 1e-5, 1e-5));
}

TEST(CustomGradients, NeedTheMemoryOfTheLogitsOnce) {
  constexpr std::int64_t kRows = 512, kVocabulary = 8192;
  const at::Tensor ids = at::randint(kVocabulary, {kRows}, at::kLong);
  const at::Tensor x = at::randn({kRows, kVocabulary}).requires_grad_(true);
  const FreedMemory freed;
  const at::Tensor logits = x * 2.0;
  score_and_overwrite(logits, ids, /*with_entropy=*/true).log_probs.sum().backward();
  EXPECT_LT(freed.bytes(), logits.nbytes() / 2);
}

TEST(CustomGradients, OfAttentionWithAGradientThatIsNotContiguous) {
  const Tensors values{at::randn({9, 2, 8}), at::randn({9, 2, 8}), at::randn({9, 2, 8})};
  const std::vector<std::int64_t> lengths{4, 5};
  const auto turned = [](const at::Tensor& x) { return x.t().slice(/*dim=*/0, 1, 15, 3); };
  expect_equal(
      values,
      [&](const Tensors& x) {
        return turned(attend_rows(x[0], x[1], x[2], {lengths, lengths}, 0.5));
      },
      [&](const Tensors& x) {
        const auto row = [&](std::int64_t first, std::int64_t count) {
          return plain_attention(x[0].narrow(0, first, count), x[1].narrow(0, first, count),
                                 x[2].narrow(0, first, count), 0, 0.5);
        };
        return turned(at::cat({row(0, 4), row(4, 5)}));
      },
      "attention");
}

TEST(CustomGradients, RefuseWhatWouldGiveWrongNumbers) {
  const at::Tensor heads = at::randn({3, 2, 8}).requires_grad_(true);
  EXPECT_ANY_THROW(attend_rows(heads, heads, heads, {{3, 0}, {3, 0}}, 1.0));
  EXPECT_ANY_THROW(attend_rows(heads, heads, heads, {{3}, {4}}, 1.0));
  const at::Tensor x = at::randn({4, 16}).requires_grad_(true), weight = at::randn({16}).requires_grad_(true);
  const at::Tensor y = layer_norm_with_gradient(x, {weight, {}, 1e-5});
  weight.detach().mul_(2.0);
  EXPECT_ANY_THROW(y.sum().backward());
}

TEST(CustomGradients, RefuseASecondBackwardPassAndGradientsOfGradients) {
  const at::Tensor x = at::randn({4, 16}).requires_grad_(true);
  const at::Tensor ids = at::randint(16, {4}, at::kLong);
  const at::Tensor log_probs = score_and_overwrite(x * 1.0, ids, /*with_entropy=*/false).log_probs.sum();
  log_probs.backward({}, /*retain_graph=*/true);
  EXPECT_ANY_THROW(log_probs.backward());
  const auto refuses = [](const at::Tensor& y) {
    EXPECT_ANY_THROW(y.pow(2).sum().backward({}, /*retain_graph=*/true, /*create_graph=*/true));
  };
  refuses(score_and_overwrite(x * 1.0, ids, /*with_entropy=*/false).log_probs);
  refuses(layer_norm_with_gradient(x, {}));
  const at::Tensor y =
      linear_with_gradient(layer_norm_with_gradient(x, {}), at::randn({3, 16}).requires_grad_(true), {});
  y.sum().backward({}, /*retain_graph=*/true);
  EXPECT_ANY_THROW(y.sum().backward());
  const at::Tensor heads = x.view({4, 2, 8});
  refuses(attend_rows(heads, heads, heads, {{4}, {4}}, 1.0));
}

}  // namespace
}  // namespace dppo
