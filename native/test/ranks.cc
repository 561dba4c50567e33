// What several processes compute together against what one computes alone. Every process that mpirun starts runs these
// tests; scripts/test-native.js starts two and four of them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/random.h"
#include "checkpoint/model_folder.h"
#include "dist/communicator.h"
#include "dist/mpi.h"
#include "dist/same_tensors.h"
#include "golden.h"
#include "io/file.h"
#include "lm/trainer.h"
#include "optim/gradients.h"
#include "ppo/trainer.h"

namespace dppo {
namespace {

std::shared_ptr<Communicator> group;  // opened by main

// Largest difference of two tensors relative to the norm of the second.
double relative(const at::Tensor& ours, const at::Tensor& theirs) {
  const double norm = theirs.norm().item<double>();
  return (ours - theirs).norm().item<double>() / (norm > 0 ? norm : 1.0);
}

// Returns all weights as one vector, without the biases of attention keys: they cancel in the softmax, so their
// gradient is the rounding error of zero, and Adam makes steps of it.
at::Tensor flat_weights(const Policy& policy) {
  std::vector<at::Tensor> parts;
  for (const auto& [name, tensor] : policy.parameters()) {
    if (!name.ends_with("k_proj.bias")) parts.push_back(tensor.detach().flatten());
  }
  return at::cat(parts).to(at::kDouble);
}

double weight_difference(const Policy& ours, const Policy& theirs) {
  return relative(flat_weights(ours), flat_weights(theirs));
}

TEST(Communicator, SumsGathersAndAgrees) {
  const int rank = group->rank();
  const int size = group->size();
  at::Tensor values = at::arange(5, at::kFloat) + rank;
  group->sum(values);
  const int ranks = size * (size - 1) / 2;
  EXPECT_TRUE(at::equal(values, at::arange(5, at::kFloat) * size + ranks));
  EXPECT_DOUBLE_EQ(group->sum(0.5 + rank), 0.5 * size + ranks);
  const auto parts = group->all_gather(std::string(static_cast<std::size_t>(rank), 'x'));
  ASSERT_EQ(parts.size(), static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i)
    EXPECT_EQ(parts[static_cast<std::size_t>(i)], std::string(static_cast<std::size_t>(i), 'x'));
  EXPECT_EQ(group->broadcast(rank == 0 ? "from rank 0" : "ignored"), "from rank 0");
  EXPECT_TRUE(group->any(rank == size - 1));
  EXPECT_FALSE(group->any(false));
}

TEST(Communicator, ShardsCoverEveryItemOnce) {
  for (const std::int64_t count : {0, 1, 2, 3, 7, 128}) {
    const Range range = group->shard(count);
    at::Tensor taken = at::zeros({count}, at::kDouble);
    taken.narrow(0, range.begin, range.size()).fill_(1.0);
    group->sum(taken);
    EXPECT_TRUE(at::equal(taken, at::ones({count}, at::kDouble))) << count;
  }
}

// A process that fails ends whatever call the others make next, with its error, and all can begin again.
TEST(Communicator, AFailureReachesEveryProcess) {
  const int last = group->size() - 1;
  at::Tensor values = at::ones({3});
  const std::vector<std::function<void()>> calls{[&] { group->sum(values); }, [&] { group->any(false); },
                                                 [&] { group->all_gather("text"); }, [&] { group->broadcast("text"); }};
  for (const auto& call : calls) {
    if (group->rank() == last) {
      group->fail("ERR_DATA", "no such file: it is gone");
    } else {
      try {
        call();
        ADD_FAILURE() << "the call went on";
      } catch (const PeerError& error) {
        EXPECT_EQ(error.code(), "ERR_DATA");
        EXPECT_EQ(std::string(error.what()), "rank " + std::to_string(last) + ": no such file: it is gone");
      }
    }
    EXPECT_THROW(group->any(false), Error) << "the work has ended";
    group->begin();
    EXPECT_FALSE(group->any(false));
  }
}

TEST(Communicator, RefusesDifferentCallsAndWeights) {
  if (group->rank() == 0) {
    EXPECT_THROW(group->any(true), Error);
  } else {
    EXPECT_THROW(group->broadcast("text"), Error);
  }
  group->begin();
  const at::Tensor weights = at::ones({2, 3});
  require_same({{"w", weights}}, "the weights", *group);
  if (group->rank() == 1) weights[1][2] = std::nextafter(1.0F, 2.0F);
  EXPECT_THROW(require_same({{"w", weights}}, "the weights", *group), Error);
}

TEST(Gradients, AreSummedAndAMissingOneCountsAsZero) {
  at::Tensor everywhere = at::zeros({2, 2}).requires_grad_(true);
  at::Tensor in_one = at::zeros({3}).requires_grad_(true);
  at::Tensor nowhere = at::zeros({2}).requires_grad_(true);
  everywhere.mutable_grad() = at::full({2, 2}, 1.0 + group->rank());
  if (group->rank() == 1) in_one.mutable_grad() = at::tensor({1.0F, 2.0F, 3.0F});
  reduce_gradients({{"a", everywhere}, {"b", in_one}, {"c", nowhere}}, *group);
  const int size = group->size();
  EXPECT_TRUE(at::equal(everywhere.grad(), at::full({2, 2}, static_cast<double>(size * (size + 1) / 2))));
  ASSERT_TRUE(in_one.grad().defined());
  EXPECT_TRUE(at::equal(in_one.grad(), at::tensor({1.0F, 2.0F, 3.0F})));
  EXPECT_FALSE(nowhere.grad().defined()) << "the optimizer leaves out what has no gradient";
}

std::shared_ptr<Policy> trainable(const char* folder, bool value_head) {
  return load_policy(golden::path(folder), {.trainable = true, .value_head = value_head});
}

TEST(NextToken, TogetherAsAlone) {
  const golden::Rows rows{{5, 6, 7, 8, 9}, {10, 11}, {12, 13, 14}, {3}, {15, 16, 17, 18}};
  const TokenMasks masks{{1, 0, 1, 0, 1}, {0, 0}, {1, 1, 0}, {1}, {1, 1, 1, 1}};
  for (const double dropout : {0.0, 0.3}) {
    const LmConfig config{.learning_rate = 1e-4, .warmup_steps = 1, .total_steps = 5, .dropout = dropout, .seed = 3};
    const auto ours = trainable("models/opt_base", false);
    const auto theirs = trainable("models/opt_base", false);
    LmTrainer together(ours, config, group);
    LmTrainer alone(theirs, config);
    for (int step = 0; step < 3; ++step) {
      const LmStepResult one = alone.step(rows, masks);
      const LmStepResult all = together.step(rows, masks);
      EXPECT_NEAR(all.loss, one.loss, 1e-6 * one.loss);
      EXPECT_NEAR(all.gradient_norm, one.gradient_norm, 1e-5 * one.gradient_norm);
      EXPECT_EQ(all.tokens, one.tokens);
    }
    EXPECT_LT(weight_difference(*ours, *theirs), 1e-6) << "dropout " << dropout;
    EXPECT_GT(weight_difference(*ours, *trainable("models/opt_base", false)), 1e-5) << "the weights must move";
    require_same(ours->parameters(), "the weights", *group);
  }
}

// Returns samples, and `texts` rows for the next-token loss.
PpoBatch ppo_batch(int step, std::int64_t size, std::int64_t texts) {
  RandomStream random(17, static_cast<std::uint64_t>(step));
  const auto tokens = [&random](std::uint64_t least) {
    std::vector<std::int64_t> row;
    for (std::uint64_t i = random.next_below(5) + least; i > 0; --i) {
      row.push_back(static_cast<std::int64_t>(3 + random.next_below(20)));
    }
    return row;
  };
  PpoBatch batch;
  for (std::int64_t i = 0; i < size; ++i) {
    batch.queries.push_back(tokens(1));
    batch.responses.push_back(tokens(1));
    batch.scores.push_back(static_cast<float>(random.next_normal()));
  }
  for (std::int64_t i = 0; i < texts; ++i) batch.ptx_rows.push_back(tokens(2));
  return batch;
}

struct PpoCase {
  const char* name;
  PpoConfig config;
};

std::vector<PpoCase> ppo_cases() {
  PpoConfig base{.learning_rate = 1e-4, .batch_size = 8, .mini_batch_size = 4, .ppo_epochs = 3, .seed = 11};
  base.horizon = 40.0;
  std::vector<PpoCase> cases{{"base", base}};
  const auto add = [&](const char* name, const std::function<void(PpoConfig&)>& change) {
    cases.push_back({name, base});
    change(cases.back().config);
  };
  add("accumulation", [](PpoConfig& c) {
    c.mini_batch_size = 2;
    c.gradient_accumulation_steps = 2;
    c.max_grad_norm = 0.5;
  });
  add("minibatches smaller than the group", [](PpoConfig& c) { c.mini_batch_size = 1; });
  add("scores and rewards by their moments", [](PpoConfig& c) {
    c.whiten_rewards = true;
    c.use_score_scaling = true;
    c.use_score_norm = true;
    c.score_clip = 1.0;
  });
  add("ratio threshold", [](PpoConfig& c) {
    c.learning_rate = 3e-3;
    c.ratio_threshold = 1.02;
  });
  add("early stopping", [](PpoConfig& c) {
    c.learning_rate = 1e-3;
    c.early_stopping = true;
    c.target_kl = 1e-4;
  });
  add("next-token loss", [](PpoConfig& c) { c.ptx_coef = 0.5; });
  add("full KL, padded left", [](PpoConfig& c) {
    c.kl_penalty = KlPenalty::kFull;
    c.pad_side = PadSide::kLeft;
  });
  return cases;
}

void expect_same_steps(const PpoStepResult& all, const PpoStepResult& one, const std::string& where) {
  ASSERT_EQ(all.stats.size(), one.stats.size());
  for (std::size_t i = 0; i < one.stats.size(); ++i) {
    const auto& [name, value] = one.stats[i];
    if (name.starts_with("time/")) continue;
    EXPECT_NEAR(all.stats[i].second, value, 2e-5 * std::max(0.1, std::abs(value))) << where << ", " << name;
  }
  EXPECT_EQ(all.gradient_norms.size(), one.gradient_norms.size()) << where;
  EXPECT_NEAR(all.kl_coef, one.kl_coef, 1e-6) << where;
  for (std::size_t i = 0; i < one.arrays.size(); ++i) {
    const at::Tensor theirs = at::tensor(one.arrays[i].second);
    const at::Tensor ours = at::tensor(all.arrays[i].second);
    ASSERT_EQ(ours.numel(), theirs.numel()) << where << ", " << one.arrays[i].first;
    EXPECT_LT((ours - theirs).abs().max().item<double>(), 1e-4) << where << ", " << one.arrays[i].first;
  }
}

TEST(Ppo, TogetherAsAlone) {
  for (const auto& [name, config] : ppo_cases()) {
    const auto ours = trainable("ppo/policies/opt", true);
    const auto theirs = trainable("ppo/policies/opt", true);
    PpoTrainer together(ours, trainable("ppo/policies/opt", true), config, group);
    PpoTrainer alone(theirs, trainable("ppo/policies/opt", true), config);
    for (int step = 0; step < 3; ++step) {
      const std::int64_t texts = config.ptx_coef > 0 ? config.ppo_epochs * config.batch_size : 0;
      const PpoBatch batch = ppo_batch(step, config.batch_size, texts);
      const PpoStepResult one = alone.step(batch);
      expect_same_steps(together.step(batch), one, std::string(name) + ", step " + std::to_string(step));
    }
    EXPECT_LT(weight_difference(*ours, *theirs), 1e-6) << name;
    EXPECT_GT(weight_difference(*ours, *trainable("ppo/policies/opt", true)), 1e-5) << name;
    require_same(ours->parameters(), "the weights", *group);
  }
}

// Trains in each process alone, one step more than in the one before, and expects that a trainer of all refuses these
// states. Returns whether that trainer then saves what it had saved before.
template <typename Trainer, typename Step>
bool refuses_other_states(Trainer& together, Trainer& alone, const std::string& file, Step step) {
  const golden::TemporaryFolder other, before, after;
  for (int i = 0; i <= group->rank(); ++i) step(alone);
  alone.save_state(other.path());
  step(together);
  together.save_state(before.path());
  EXPECT_THROW(together.load_state(other.path()), Error);
  together.save_state(after.path());
  return read_text_file(before.file(file)) == read_text_file(after.file(file));
}

TEST(States, OfOtherProcessesChangeNothing) {
  LmTrainer lm_together(trainable("models/opt_base", false), {}, group);
  LmTrainer lm_alone(trainable("models/opt_base", false), {});
  const golden::Rows rows{{5, 6, 7, 8, 9}, {12, 13, 14}};
  EXPECT_TRUE(refuses_other_states(lm_together, lm_alone, "lm_state.safetensors",
                                   [&](LmTrainer& trainer) { trainer.step(rows); }));
  const PpoConfig config = ppo_cases().front().config;
  PpoTrainer ppo_together(trainable("ppo/policies/opt", true), trainable("ppo/policies/opt", true), config, group);
  PpoTrainer ppo_alone(trainable("ppo/policies/opt", true), trainable("ppo/policies/opt", true), config);
  EXPECT_TRUE(refuses_other_states(ppo_together, ppo_alone, "ppo_state.safetensors",
                                   [&](PpoTrainer& trainer) { trainer.step(ppo_batch(0, config.batch_size, 0)); }));
}

}  // namespace
}  // namespace dppo

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  dppo::group = dppo::open_mpi();
  if (dppo::group->rank() > 0) {
    // All processes were given the same file for the report, which only the first writes.
    ::testing::TestEventListeners& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_xml_generator());
  }
  const int status = RUN_ALL_TESTS();
  dppo::group->leave(/*in_order=*/true);
  return status;
}
