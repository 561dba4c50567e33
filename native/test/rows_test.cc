// Rows of tokens, bounds and named values: what every caller's checks are built of.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/bounds.h"
#include "base/error.h"
#include "model/packed_rows.h"
#include "model/token_rows.h"
#include "ppo/config.h"

namespace dppo {
namespace {

template <typename Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

at::Tensor integers(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(TokenRows, MasksStandAtTheirColumns) {
  const at::Tensor placed = place_masks({{1, 0, 1}, {1}}, {0, 2}, 3);
  EXPECT_TRUE(at::equal(placed.to(at::kLong), integers({1, 0, 1, 0, 0, 1}).view({2, 3})));
}

TEST(PackedRows, KnowWhatIsSelected) {
  const TokenRows rows{{1, 2, 3}, {4}, {5, 6}};
  const PackedRows all = pack_rows(spans_of(rows), {}, at::kCPU);
  EXPECT_TRUE(at::equal(all.ids, integers({1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(at::equal(all.positions, integers({0, 1, 2, 0, 0, 1})));
  EXPECT_TRUE(at::equal(all.select(all.ids), all.ids));
  const PackedRows tails = pack_rows(spans_of(rows), {2, 1, 1}, at::kCPU);
  EXPECT_TRUE(at::equal(tails.select(tails.ids), integers({2, 3, 4, 6})));
  const PackedRows next = pack_next_tokens(spans_of(rows), {7, 0, 2}, {2, 0, 1}, at::kCPU);
  EXPECT_TRUE(at::equal(next.positions, integers({7, 8, 9, 0, 2, 3})));
  EXPECT_TRUE(at::equal(next.token_slots, integers({2, 2, 2, 0, 1, 1})));
  EXPECT_TRUE(at::equal(next.select(next.ids), integers({3, 4, 6})));
}

TEST(TokenRows, ChecksNameTheRow) {
  ModelConfig model;
  model.vocab_size = 10;
  model.max_positions = 2;
  const auto check = [&model](const TokenRows& rows) { return message_of([&] { check_rows(rows, model); }); };
  EXPECT_EQ(check({{0, 9}, {1}}), "accepted");
  EXPECT_EQ(check({{1}, {}}), "row 1 is empty");
  EXPECT_EQ(check({{10}}), "row 0 holds the token id 10, outside the vocabulary of 10");
  EXPECT_EQ(check({{-1}}), "row 0 holds the token id -1, outside the vocabulary of 10");
  EXPECT_EQ(check({{1, 2, 3}}), "row 0 has 3 tokens; the model has 2 positions");
}

TEST(OptionBounds, AreKeptAndDescribed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(describe({.above = 0}), "above 0");
  EXPECT_EQ(describe({.min = 1}), "at least 1");
  EXPECT_EQ(describe({.min = 0, .max = 1}), "in [0, 1]");
  EXPECT_EQ(describe({.min = 0, .below = 1}), "in [0, 1)");
  EXPECT_TRUE(keeps({.min = 0, .below = 1}, 0));
  EXPECT_FALSE(keeps({.min = 0, .below = 1}, 1));
  EXPECT_FALSE(keeps({.above = 0}, 0));
  EXPECT_TRUE(keeps({}, 5));
  for (const double number : {nan, infinity, -infinity}) {
    EXPECT_FALSE(keeps({}, number));
    EXPECT_FALSE(keeps({.above = 0}, number));
  }
}

TEST(PpoOptions, NamesAreUniqueAndChoicesAreNamed) {
  PpoConfig config;
  std::set<std::string> names;
  int count = 0;
  visit_options(config, [&](const char* name, auto& /*member*/, const Bounds& /*bounds*/ = {}) {
    names.insert(name);
    ++count;
  });
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(parse_enum<PadSide>("padSide", "left"), PadSide::kLeft);
  EXPECT_EQ(enum_name(Optimizer::kAdamW), "adamw");
  EXPECT_EQ(message_of([] { parse_enum<KlPenalty>("klPenalty", "reverse"); }),
            "klPenalty \"reverse\": expected kl, abs, mse or full");
}

}  // namespace
}  // namespace dppo
