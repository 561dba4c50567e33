// Steps that run out of memory or are cancelled at any point.
#include <ATen/ATen.h>
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "base/cancel.h"
#include "base/exhausted_memory.h"
#include "base/modes.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "golden.h"
#include "io/safetensors.h"
#include "lm/trainer.h"
#include "optim/adam.h"
#include "optim/backward_update.h"
#include "ppo/trainer.h"

namespace dppo {
namespace {

// Replaces the allocator of the machine's memory for a scope. It fails as libtorch's own does where `fails`, called
// with the size of each piece and the number of those before it, says so.
class WatchedAllocator : public c10::Allocator {
 public:
  using Fails = std::function<bool(std::size_t bytes, std::size_t before)>;

  explicit WatchedAllocator(Fails fails) : fails_(std::move(fails)) { c10::SetCPUAllocator(this); }
  ~WatchedAllocator() override { c10::SetCPUAllocator(inner_); }

  c10::DataPtr allocate(std::size_t bytes) override {
    return inner_->allocate(fails_(bytes, count_++) ? std::size_t{1} << 60 : bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { inner_->copy_data(to, from, bytes); }
  std::size_t count() const { return count_; }

 private:
  c10::Allocator* inner_ = c10::GetCPUAllocator();
  Fails fails_;
  std::atomic<std::size_t> count_ = 0;  // several threads allocate
};

const WatchedAllocator::Fails kNever = [](std::size_t, std::size_t) { return false; };

WatchedAllocator::Fails above(std::size_t most) {
  return [most](std::size_t bytes, std::size_t) { return bytes > most; };
}

// The logits are the largest tensors by far.
constexpr const char* kModel = R"({"model_type":"opt","hidden_size":16,"ffn_dim":24,"num_hidden_layers":2,
    "num_attention_heads":2,"vocab_size":400,"max_position_embeddings":32,"word_embed_proj_dim":16})";

TokenRows uneven_texts(std::int64_t count) {
  TokenRows texts;
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::int64_t> text;
    for (std::int64_t t = 0; t < 2 + (i * 5) % 9; ++t) text.push_back(3 + (13 * i + 2 * t) % 390);
    texts.push_back(text);
  }
  return texts;
}

// Rows of quite different lengths: halves of a minibatch then differ in their numbers of tokens. The texts for the
// next-token loss are those of two epochs.
PpoBatch uneven_batch(bool with_texts = true) {
  PpoBatch batch;
  if (with_texts) batch.ptx_rows = uneven_texts(16);
  for (std::int64_t i = 0; i < 8; ++i) {
    std::vector<std::int64_t> query, response;
    for (std::int64_t t = 0; t < 2 + i % 3; ++t) query.push_back(3 + (7 * i + 5 * t) % 390);
    for (std::int64_t t = 0; t < 1 + (i * i) % 7; ++t) response.push_back(3 + (11 * i + 3 * t) % 390);
    batch.queries.push_back(query);
    batch.responses.push_back(response);
    batch.scores.push_back(static_cast<float>(i % 4) - 1.0F);
  }
  return batch;
}

struct Outcome {
  NamedTensors weights;
  PpoStepResult result;
  std::size_t allocations = 0;
};

Outcome step_with(const PpoConfig& config, const WatchedAllocator::Fails& fails, const char* model = kModel) {
  const auto policy = create_policy(model, {.trainable = true, .value_head = true, .seed = 3});
  const auto reference = create_policy(model, {.seed = 4});
  PpoTrainer trainer(policy, reference, config);
  Outcome outcome;
  {
    const WatchedAllocator allocator(fails);
    outcome.result = trainer.step(uneven_batch(config.ptx_coef > 0.0));
    outcome.allocations = allocator.count();
  }
  outcome.weights = policy->parameters();
  return outcome;
}

double stat(const Outcome& outcome, const std::string& name) {
  for (const auto& [each, value] : outcome.result.stats) {
    if (each == name) return value;
  }
  return std::nan("");
}

template <typename Steps>
double difference(const Steps& a, const Steps& b) {
  double worst = 0.0;
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    worst = std::max(worst, golden::deviation(a.weights[i].second, b.weights[i].second));
  }
  return worst;
}

// Adam divides a gradient by its size, so rounding in a gradient near zero would move a weight. A large eps prevents
// it.
PpoConfig config_with(std::int64_t mini_batch_size, std::int64_t accumulation) {
  PpoConfig config;
  config.learning_rate = 1e-2;
  config.eps = 1e-2;
  config.batch_size = 8;
  config.mini_batch_size = mini_batch_size;
  config.gradient_accumulation_steps = accumulation;
  config.ppo_epochs = 2;
  config.ptx_coef = 0.5;
  return config;
}

TEST(PpoStep, IsTheSameOnSeveralThreads) {
  const auto step = [](int threads) {
    const ThreadCountScope count(threads);
    return step_with(config_with(4, 2), kNever);
  };
  const Outcome one = step(1);
  for (const int threads : {2, 3}) {
    const Outcome several = step(threads);
    EXPECT_LT(difference(one, several), 1e-6);
    for (const auto& [name, value] : one.result.stats) {
      if (name.starts_with("time/") || std::isnan(value)) continue;
      EXPECT_NEAR(stat(several, name), value, 1e-5) << name;
    }
  }
}

// More weights than threads share the rows of.
constexpr const char* kLargeModel = R"({"model_type":"opt","hidden_size":512,"ffn_dim":2048,"num_hidden_layers":6,
    "num_attention_heads":8,"vocab_size":400,"max_position_embeddings":32,"word_embed_proj_dim":512})";

PpoConfig without_accumulation() {
  PpoConfig config = config_with(4, 1);
  config.ptx_coef = 0.0;
  return config;
}

// Gradients that are measured together are kept until the pass has ended, also if the norm is never reached.
PpoConfig with_norm(PpoConfig config) {
  config.max_grad_norm = 1e9;
  return config;
}

TEST(PpoStep, MovesTheSameWeightsInTheBackwardPassAsAfterIt) {
  PpoConfig parity = without_accumulation();
  parity.trl_parity = true;
  parity.ratio_threshold = 1e-3;  // always exceeded: TRL's step with gradients of zero
  PpoConfig autocast = without_accumulation();
  autocast.autocast_bf16 = true;
  for (const PpoConfig& config : {without_accumulation(), parity, autocast}) {
    const Outcome within = step_with(config, kNever, kLargeModel);
    const Outcome after = step_with(with_norm(config), kNever, kLargeModel);
    EXPECT_EQ(difference(within, after), 0.0);
    for (const auto& [name, value] : after.result.stats) {
      if (!name.starts_with("time/") && !std::isnan(value)) EXPECT_EQ(stat(within, name), value) << name;
    }
  }
}

TEST(PpoStep, WithoutAnAcceptedMinibatchMovesNothing) {
  PpoConfig config = without_accumulation();
  config.ratio_threshold = 1e-3;
  const Outcome outcome = step_with(config, kNever, kLargeModel);
  EXPECT_EQ(stat(outcome, "dppo/skipped_minibatches"), 4);
  const auto fresh = create_policy(kLargeModel, {.trainable = true, .value_head = true, .seed = 3});
  EXPECT_EQ(difference(outcome, Outcome{fresh->parameters(), {}}), 0.0);
}

TEST(PpoState, WithANegativeCountOfStepsIsRefused) {
  const auto policy = create_policy(kModel, {.trainable = true, .value_head = true, .seed = 3});
  PpoTrainer trainer(policy, create_policy(kModel, {.seed = 4}), config_with(8, 1));
  const golden::TemporaryFolder folder;
  trainer.save_state(folder.path());
  NamedTensors state = read_safetensors(folder.file("ppo_state.safetensors"));
  for (auto& [name, tensor] : state) {
    if (name == "counters") tensor[0].fill_(-1);
  }
  write_safetensors(folder.file("ppo_state.safetensors"), state);
  expect_error(
      ErrorKind::kCheckpointFormat, [&] { trainer.load_state(folder.path()); }, "count of the finished steps");
}

// The pass that has begun to move weights cannot be repeated.
TEST(ExhaustedMemory, WhileWeightsMoveEndsTheStep) {
  const PpoConfig config = without_accumulation();
  const auto policy = create_policy(kLargeModel, {.trainable = true, .value_head = true, .seed = 3});
  PpoTrainer trainer(policy, create_policy(kLargeModel, {.seed = 4}), config);
  const at::Tensor& last = policy->lm->parameters().back().second;
  const at::Tensor before = last.clone();
  const auto fails = [&](std::size_t, std::size_t) { return !at::equal(last, before); };
  try {
    const WatchedAllocator allocator(fails);
    trainer.step(uneven_batch(/*with_texts=*/false));
    ADD_FAILURE() << "finished";
  } catch (...) {
    EXPECT_TRUE(exhausted_memory(std::current_exception()));
  }
  EXPECT_THROW(trainer.step(uneven_batch(/*with_texts=*/false)), Error);
}

TEST(ExhaustedMemory, AMinibatchInPartsGivesTheSameWeights) {
  PpoConfig parity = config_with(8, 1);
  parity.trl_parity = true;
  parity.ratio_threshold = 1e-3;  // always exceeded: TRL's step with gradients of zero
  for (const PpoConfig& config : {config_with(8, 1), config_with(4, 2), parity}) {
    const Outcome whole = step_with(config, kNever);
    // The embedding and its gradient have 25,600 bytes, the logits of a minibatch of 8 rows have 44,800.
    const Outcome parts = step_with(config, above(26'000));
    EXPECT_EQ(stat(whole, "dppo/minibatch_parts"), 1);
    EXPECT_GE(stat(parts, "dppo/minibatch_parts"), config.mini_batch_size / 4);
    EXPECT_LT(difference(whole, parts), 1e-6);
    for (const auto& [name, value] : whole.result.stats) {
      if (name.starts_with("time/") || name == "dppo/minibatch_parts" || std::isnan(value)) continue;
      EXPECT_NEAR(stat(parts, name), value, 1e-5) << name;
    }
  }
}

TEST(ExhaustedMemory, AtAnyPointOfAStepLosesNothing) {
  const PpoConfig config = config_with(4, 2);
  const Outcome whole = step_with(config, kNever);
  ASSERT_GT(whole.allocations, 1000U);
  int finished = 0;
  for (std::size_t before = 0; before < whole.allocations; before += 211) {
    try {
      const auto once = [before](std::size_t, std::size_t number) { return number == before; };
      const Outcome again = step_with(config, once);
      EXPECT_LT(difference(whole, again), 1e-6) << "allocation " << before;
      ++finished;
    } catch (...) {
      // Outside the passes over rows, for example in the optimizer, there is nothing to divide.
      EXPECT_TRUE(exhausted_memory(std::current_exception())) << "allocation " << before;
    }
  }
  EXPECT_GT(finished, static_cast<int>(0.8 * static_cast<double>(whole.allocations) / 211));
}

TEST(ExhaustedMemory, ThatDoesNotSufficeForOneRowEndsTheStep) {
  const auto policy = create_policy(kModel, {.trainable = true, .value_head = true, .seed = 3});
  PpoTrainer trainer(policy, create_policy(kModel, {.seed = 4}), config_with(8, 1));
  {
    const WatchedAllocator allocator(above(1000));
    try {
      trainer.step(uneven_batch());
      ADD_FAILURE() << "there was enough memory";
    } catch (...) {
      const auto memory = exhausted_memory(std::current_exception());
      ASSERT_TRUE(memory);
      EXPECT_FALSE(memory->of_device);
      EXPECT_NE(memory->text.find("you tried to allocate"), std::string::npos);
    }
  }
  // Nothing has changed, and with memory the trainer goes on.
  EXPECT_EQ(trainer.step(uneven_batch()).gradient_norms.size(), 2U);
}

TEST(ExhaustedMemory, BeforeAnyWeightMovesTheOptimizerCountsNoStep) {
  const auto weight_after = [](bool fails_first) {
    const at::Tensor weight = at::ones({3}).requires_grad_(true);
    Adam adam({{"w", weight}}, {});
    weight.mutable_grad() = at::ones({3});
    if (fails_first) {
      const WatchedAllocator allocator([](std::size_t, std::size_t number) { return number == 0; });
      EXPECT_ANY_THROW(adam.step(0.1));
      EXPECT_EQ(adam.steps(), 0);
    }
    adam.step(0.1);
    EXPECT_EQ(adam.steps(), 1);
    return weight.detach();
  };
  EXPECT_TRUE(at::equal(weight_after(true), weight_after(false)));
}

TEST(ExhaustedMemory, InTheBackwardPassBeforeAnyWeightMovesTheOptimizerCountsNoStep) {
  bool failed = true;
  std::size_t before = 0;
  for (; failed; ++before) {
    const at::Tensor weight = at::ones({4, 3}).requires_grad_(true);
    const at::Tensor start = weight.detach().clone();
    Adam adam({{"w", weight}}, {});
    const at::Tensor loss = weight.square().sum();
    {
      const BackwardUpdate updates(adam, 0.1);
      const WatchedAllocator allocator([before](std::size_t, std::size_t number) { return number == before; });
      failed = false;
      try {
        loss.backward();
      } catch (...) {
        failed = true;
      }
    }
    EXPECT_EQ(adam.steps(), at::equal(weight, start) ? 0 : 1) << "allocation " << before;
  }
  EXPECT_GT(before, 2U) << "gradient and update need memory";
}

struct LmOutcome {
  NamedTensors weights;
  std::vector<LmStepResult> results;
  std::size_t allocations = 0;
};

// Two steps on rows of unequal length with masks and dropout, which must drop the same entries in parts.
LmOutcome lm_steps_with(const WatchedAllocator::Fails& fails) {
  const auto policy = create_policy(kModel, {.trainable = true, .seed = 3});
  LmTrainer trainer(policy, {.learning_rate = 1e-2, .eps = 1e-2, .warmup_steps = 0, .dropout = 0.2, .seed = 5});
  const TokenRows rows = uneven_texts(8);
  TokenMasks masks;
  for (const auto& row : rows) {
    masks.emplace_back(row.size(), 1);
    masks.back().back() = masks.size() % 2;
  }
  LmOutcome outcome;
  {
    const WatchedAllocator allocator(fails);
    for (int step = 0; step < 2; ++step) outcome.results.push_back(trainer.step(rows, masks));
    outcome.allocations = allocator.count();
  }
  outcome.weights = policy->parameters();
  return outcome;
}

TEST(ExhaustedMemory, ALanguageModelStepInPartsGivesTheSameWeights) {
  const LmOutcome whole = lm_steps_with(kNever);
  const LmOutcome parts = lm_steps_with(above(26'000));
  EXPECT_LT(difference(whole, parts), 1e-6);
  for (std::size_t step = 0; step < 2; ++step) {
    EXPECT_EQ(whole.results[step].parts, 1);
    EXPECT_GE(parts.results[step].parts, 2);
    EXPECT_EQ(parts.results[step].tokens, whole.results[step].tokens);
    EXPECT_NEAR(parts.results[step].loss, whole.results[step].loss, 1e-5);
    EXPECT_NEAR(parts.results[step].gradient_norm, whole.results[step].gradient_norm, 1e-5);
  }
}

// With two threads, the update of vectors, which are not decayed, needs memory after matrices have moved.
TEST(ExhaustedMemory, WhileWeightsMoveEndsALanguageModelStep) {
  const ThreadCountScope threads(2);
  const auto policy = create_policy(kModel, {.trainable = true, .seed = 3});
  LmTrainer trainer(policy, {.warmup_steps = 0});
  const TokenRows rows = uneven_texts(4);
  const golden::TemporaryFolder folder;
  trainer.save_state(folder.path());
  const at::Tensor& first = policy->lm->parameters().front().second;
  const at::Tensor before = first.detach().clone();
  {
    const WatchedAllocator allocator([&](std::size_t, std::size_t) { return !at::equal(first, before); });
    try {
      trainer.step(rows);
      ADD_FAILURE() << "finished";
    } catch (...) {
      EXPECT_TRUE(exhausted_memory(std::current_exception()));
    }
  }
  expect_error(
      ErrorKind::kConfig, [&] { trainer.step(rows); }, "cut short after weights had moved");
  expect_error(
      ErrorKind::kConfig, [&] { trainer.save_state(folder.path()); }, "cut short");
  trainer.load_state(folder.path());
  EXPECT_GT(trainer.step(rows).gradient_norm, 0.0);
}

TEST(ExhaustedMemory, AtAnyPointOfALanguageModelStepLosesNothing) {
  const LmOutcome whole = lm_steps_with(kNever);
  int finished = 0;
  int tried = 0;
  for (std::size_t before = 0; before < whole.allocations; before += 53, ++tried) {
    try {
      const LmOutcome again = lm_steps_with([before](std::size_t, std::size_t number) { return number == before; });
      EXPECT_LT(difference(whole, again), 1e-6) << "allocation " << before;
      ++finished;
    } catch (...) {
      EXPECT_TRUE(exhausted_memory(std::current_exception())) << "allocation " << before;
    }
  }
  EXPECT_GT(tried, 10);
  EXPECT_GT(finished, tried / 2);
}

// Raises a flag before piece number `before` and expects that the step ends soon: with few more pieces.
template <typename Step>
void expect_end_soon(std::size_t before, std::size_t all, Step step) {
  CancelFlag flag;
  const CancelScope scope(flag);
  const WatchedAllocator allocator([&](std::size_t, std::size_t number) {
    if (number == before) flag.request();
    return false;
  });
  expect_error(ErrorKind::kAborted, step);
  EXPECT_LT(allocator.count() - before, all / 20) << "cancelled at piece " << before << " of " << all;
}

constexpr const char* kDeepModel = R"({"model_type":"opt","hidden_size":16,"ffn_dim":24,"num_hidden_layers":16,
    "num_attention_heads":2,"vocab_size":400,"max_position_embeddings":32,"word_embed_proj_dim":16})";

// Each operation of libtorch asks for the memory of its result, so pieces measure how much is still computed.
TEST(Cancel, AFlagRaisedInAStepEndsItSoon) {
  PpoConfig config = config_with(8, 1);
  config.ppo_epochs = 1;
  const auto policy = create_policy(kDeepModel, {.trainable = true, .value_head = true, .seed = 3});
  const PpoBatch batch = uneven_batch();
  PpoTrainer ppo(policy, create_policy(kDeepModel, {.seed = 4}), config);
  LmTrainer lm(policy, {});
  const auto step = [&] { ppo.step(batch); };
  const auto lm_step = [&] { lm.step(batch.ptx_rows); };
  const auto count = [](const auto& work) {
    const WatchedAllocator allocator(kNever);
    work();
    return allocator.count();
  };
  const std::size_t all = count(step);
  const std::size_t all_lm = count(lm_step);
  // The rest of a step is the optimizer and the statistics.
  for (const double share : {0.05, 0.2, 0.35, 0.5, 0.65, 0.8}) {
    expect_end_soon(static_cast<std::size_t>(share * static_cast<double>(all)), all, step);
    expect_end_soon(static_cast<std::size_t>(share * static_cast<double>(all_lm)), all_lm, lm_step);
  }
}

}  // namespace
}  // namespace dppo
