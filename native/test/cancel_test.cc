// Cancelling inside passes, and what a failed call leaves behind.
#include "base/cancel.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "checkpoint/model_folder.h"
#include "errors.h"
#include "generate/prefill.h"
#include "golden.h"
#include "io/safetensors.h"
#include "kernel/linear.h"
#include "lm/loss.h"
#include "model/kv_cache.h"
#include "model/linear.h"
#include "optim/adam.h"

namespace dppo {
namespace {

constexpr const char* kLongModel = R"({"model_type":"llama","hidden_size":16,"intermediate_size":24,
    "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":40,
    "max_position_embeddings":4096})";

std::vector<std::int64_t> tokens(std::size_t count, std::int64_t step) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back((static_cast<std::int64_t>(i * i) * step + 3) % 40);
  return ids;
}

template <typename Body>
void expect_aborted(const Body& body) {
  expect_error(ErrorKind::kAborted, body);
}

TEST(Cancel, ARaisedFlagEndsEveryKindOfPass) {
  CancelFlag flag;
  flag.request();
  for (const char* name : {"models/opt_base", "models/gpt2_base", "models/llama_plain"}) {
    const auto policy = load_policy(golden::path(name), {});
    const CancelScope scope(flag);
    expect_aborted([&] { policy->lm->hidden(pack_rows({std::vector<std::int64_t>{1, 2}}, {}, at::kCPU)); });
    expect_aborted([&] { load_policy(golden::path(name), {}); });
  }
  const CancelScope scope(flag);
  expect_aborted([] { create_policy(kLongModel, {}); });
}

TEST(Cancel, TheBackwardPassLooksAtTheFlagOfItsForwardPass) {
  const auto policy = create_policy(kLongModel, {.trainable = true});
  CancelFlag flag;
  const auto loss = [&] {
    return next_token_sums(*policy->lm, {tokens(20, 7)}, {}, /*autocast=*/false, {0, 1}).front();
  };
  at::Tensor watched;
  {
    const CancelScope scope(flag);
    watched = loss();
  }
  const at::Tensor unwatched = loss();
  flag.request();
  unwatched.backward();
  expect_aborted([&] { watched.backward(); });
}

TEST(Cancel, ScopesNest) {
  CancelFlag outer, inner;
  EXPECT_EQ(current_cancel_flag(), nullptr);
  const CancelScope first(outer);
  {
    const CancelScope second(inner);
    EXPECT_EQ(current_cancel_flag(), &inner);
  }
  EXPECT_EQ(current_cancel_flag(), &outer);
}

TEST(Prefill, LongPromptsInPiecesGiveTheStatesOfOnePass) {
  const at::NoGradGuard no_grad;
  const auto policy = create_policy(kLongModel, {.seed = 4});
  // Longer than two passes, one that shares its beginning, and a short one.
  TokenRows prompts{tokens(2600, 7), tokens(2600, 7), tokens(30, 11)};
  prompts[1].resize(1500);
  prompts[1].back() = (prompts[1].back() + 1) % 40;
  for (const TokenRows& rows : {prompts, TokenRows{prompts[0], prompts[1]}}) {
    KvCache cache(policy->lm->config(), static_cast<std::int64_t>(rows.size()), /*capacity=*/2600, at::kFloat);
    const at::Tensor last = prefill_prompts(*policy->lm, rows, cache);
    std::vector<at::Tensor> expected;
    for (const auto& row : rows) {
      expected.push_back(policy->lm->hidden(pack_rows({row}, {1}, at::kCPU)));
    }
    EXPECT_LT(golden::deviation(last, at::cat(expected)), 1e-4);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(cache.length(static_cast<std::int64_t>(i)), static_cast<std::int64_t>(rows[i].size()));
    }
  }
}

TEST(LinearTest, LargeProductsInPartsEqualTheWhole) {
  const at::NoGradGuard no_grad;
  // 2^35 multiplications and some more: 1024 rows go first.
  const at::Tensor x = at::linspace(-1, 1, 1100 * 4096).sin().view({1100, 4096});
  const Linear layer{at::linspace(-9, 9, 8192 * 4096).sin().view({8192, 4096}), at::linspace(-1, 1, 8192)};
  const at::Tensor y = layer(x);
  ASSERT_EQ(y.sizes(), at::IntArrayRef({1100, 8192}));
  const at::Tensor rows = at::tensor(std::vector<std::int64_t>{0, 1023, 1024, 1099});
  const at::Tensor wide = x.index_select(0, rows).to(at::kDouble);
  const at::Tensor expected = at::linear(wide, layer.weight.to(at::kDouble), layer.bias.to(at::kDouble));
  // Many of the sums have 4096 terms of one sign, so they reach 3444.
  EXPECT_LT(golden::deviation(y.index_select(0, rows), expected), 3e-2);
  const at::Tensor of_library = kernel::linear_on(kernel::LinearPath::kLibrary, x, layer.weight, layer.bias);
  EXPECT_LT(golden::deviation(of_library.index_select(0, rows), expected), 3e-2);
}

TEST(KvCacheTest, SizesThatOverflowAreRefused) {
  ModelConfig config;
  config.layers = 1000;
  config.kv_heads = 10'000'000;
  config.head_dim = 10'000'000;
  expect_error(
      ErrorKind::kShape, [&] { KvCache(config, 1000, 10'000'000, at::TensorOptions()); }, "beyond any memory");
}

TEST(AdamState, IsCheckedAsAWholeBeforeAnythingChanges) {
  const at::Tensor first = at::ones({3}).requires_grad_(true);
  const at::Tensor second = at::ones({2}).requires_grad_(true);
  Adam adam({{"a", first}, {"b", second}}, {});
  const auto state_with = [](const at::Tensor& last, const at::Tensor& steps) {
    return NamedTensors{{"adam.steps", steps},
                        {"adam.m.a", at::full({3}, 5.0)},
                        {"adam.v.a", at::full({3}, 5.0)},
                        {"adam.m.b", at::ones({2})},
                        {"adam.v.b", last}};
  };
  const at::Tensor steps = at::tensor(std::vector<std::int64_t>{7});
  const at::Tensor nan = at::full({2}, std::nan(""));
  for (const NamedTensors& bad :
       {state_with(nan, steps), state_with(at::ones({3}), steps), state_with(at::ones({2}, at::kInt), steps),
        state_with(at::ones({2}), at::ones({1}))}) {
    expect_error(ErrorKind::kCheckpointFormat, [&] { adam.load_state(bad, "state"); });
    EXPECT_EQ(adam.steps(), 0);
    EXPECT_EQ(adam.state()[1].second.sum().item<double>(), 0.0);
  }
  adam.load_state(state_with(at::ones({2}), steps), "state");
  EXPECT_EQ(adam.steps(), 7);
  EXPECT_EQ(adam.state()[1].second.sum().item<double>(), 15.0);
}

}  // namespace
}  // namespace dppo
