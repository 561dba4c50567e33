// Attention over packed rows in both layouts, against the formula written out token by token.
#include "model/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "golden.h"

namespace dppo {
namespace {

constexpr std::int64_t kHeadDim = 6;

// softmax(q k^T / sqrt(D)) v of one query of one row; keys and values (S, K, D), all of them visible.
at::Tensor formula(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values) {
  std::vector<at::Tensor> heads;
  const std::int64_t group = q.size(0) / keys.size(1);
  for (std::int64_t h = 0; h < q.size(0); ++h) {
    const at::Tensor scores = keys.select(1, h / group).mv(q[h]) / std::sqrt(static_cast<double>(kHeadDim));
    const at::Tensor weights = scores.exp() / scores.exp().sum();
    heads.push_back((weights.unsqueeze(1) * values.select(1, h / group)).sum(0));
  }
  return at::cat(heads);
}

struct Case {
  std::int64_t kv_heads;
  std::int64_t window;
  bool selected_only;
  AttentionLayout layout;
};

class Layouts : public testing::TestWithParam<Case> {
 protected:
  static ModelConfig config() {
    ModelConfig config;
    config.layers = 1;
    config.heads = 4;
    config.kv_heads = GetParam().kv_heads;
    config.head_dim = kHeadDim;
    config.sliding_window = GetParam().window;
    return config;
  }

  const ModelConfig config_ = config();

  // Attention of the selected tokens by the formula; q, k and v of whole rows one after the other.
  at::Tensor expected(const std::vector<std::int64_t>& lengths, const std::vector<std::int64_t>& selected,
                      const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
    std::vector<at::Tensor> lines;
    std::int64_t begin = 0;
    for (std::size_t b = 0; b < lengths.size(); ++b) {
      for (std::int64_t t = lengths[b] - selected[b]; t < lengths[b]; ++t) {
        const std::int64_t first = GetParam().window > 0 ? std::max<std::int64_t>(0, t - GetParam().window + 1) : 0;
        const std::int64_t count = t + 1 - first;
        lines.push_back(formula(q[begin + t], k.narrow(0, begin + first, count), v.narrow(0, begin + first, count)));
      }
      begin += lengths[b];
    }
    return at::stack(lines);
  }
};

TEST_P(Layouts, EqualTheFormula) {
  const TokenRows tokens{{1, 1, 1, 1, 1}, {1}, {1, 1, 1}};
  const std::vector<std::int64_t> lengths{5, 1, 3};
  const std::vector<std::int64_t> tails = GetParam().selected_only ? std::vector<std::int64_t>{2, 1, 3} : lengths;
  const PackedRows rows = pack_rows(spans_of(tokens), tails, at::kCPU);
  const at::Tensor q = golden::noise({9, 4, kHeadDim}, 1);
  const at::Tensor k = golden::noise({9, GetParam().kv_heads, kHeadDim}, 2);
  const at::Tensor v = golden::noise({9, GetParam().kv_heads, kHeadDim}, 3);
  const Attention attention(rows, nullptr, config_, GetParam().layout);
  const at::Tensor attended = attention(0, rows.select(q), k, v);
  EXPECT_LT(golden::deviation(attended, expected(lengths, tails, q, k, v)), 1e-12);
}

// Row 0 has five tokens in two passes, row 1 two, row 2 four; the second pass brings one or two tokens a row.
TEST_P(Layouts, SeeTheCachedTokens) {
  const at::Tensor q = golden::noise({11, 4, kHeadDim}, 4);
  const at::Tensor k = golden::noise({11, GetParam().kv_heads, kHeadDim}, 5);
  const at::Tensor v = golden::noise({11, GetParam().kv_heads, kHeadDim}, 6);
  KvCache cache(config_, /*slots=*/4, /*capacity=*/6, at::TensorOptions().dtype(at::kDouble));
  const std::vector<std::int64_t> slots{3, 0, 2};
  const auto pick = [](const at::Tensor& x, const std::vector<std::int64_t>& places) {
    return x.index_select(0, at::tensor(places, at::kLong));
  };
  const auto pass = [&](const TokenRows& tokens, const std::vector<std::int64_t>& starts,
                        const std::vector<std::int64_t>& places) {
    const PackedRows rows = pack_next_tokens(spans_of(tokens), starts, slots, at::kCPU);
    const Attention attention(rows, &cache, config_, GetParam().layout);
    const at::Tensor queries = pick(q, places);
    const at::Tensor attended =
        attention(0, GetParam().selected_only ? rows.select(queries) : queries, pick(k, places), pick(v, places));
    cache.advance(rows);
    return attended;
  };
  pass({{1, 1, 1}, {1}, {1, 1, 1}}, {0, 0, 0}, {0, 1, 2, 5, 7, 8, 9});
  const at::Tensor attended = pass({{1, 1}, {1}, {1}}, {3, 1, 3}, {3, 4, 6, 10});
  const std::vector<std::int64_t> selected =
      GetParam().selected_only ? std::vector<std::int64_t>{1, 1, 1} : std::vector<std::int64_t>{2, 1, 1};
  EXPECT_LT(golden::deviation(attended, expected({5, 2, 4}, selected, q, k, v)), 1e-12);
}

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::int64_t kv_heads : {4, 2}) {
    for (const std::int64_t window : {0, 2}) {
      for (const bool selected_only : {false, true}) {
        for (const auto layout : {AttentionLayout::kRowByRow, AttentionLayout::kPadded}) {
          list.push_back({kv_heads, window, selected_only, layout});
        }
      }
    }
  }
  return list;
}

INSTANTIATE_TEST_SUITE_P(All, Layouts, testing::ValuesIn(cases()));

}  // namespace
}  // namespace dppo
