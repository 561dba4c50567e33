// What a training step is made of. bench/run.js lays the first two beside transformers and TRL.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "base/random.h"
#include "checkpoint/model_folder.h"
#include "generate/generate.h"
#include "generate/sampler.h"
#include "io/mapped_file.h"
#include "model/attention.h"
#include "ppo/trainer.h"

namespace dppo {
namespace {

constexpr std::size_t kRows = 16;
constexpr std::size_t kPrompt = 200;
constexpr std::size_t kResponse = 40;

using Rows = std::vector<std::vector<std::int64_t>>;

std::shared_ptr<Policy> model(bool trainable) {
  return create_policy(read_text_file(std::string(DPPO_BENCH_DIR) + "/model.json"),
                       {.trainable = trainable, .value_head = trainable});
}

// Ids that are neither pad nor end; lengths spread by a quarter, so that there is padding as in life.
Rows random_rows(std::size_t length, std::uint64_t seed) {
  Rows rows(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    RandomStream random(seed, i);
    const std::size_t size = length - random.next_below(length / 4);
    for (std::size_t t = 0; t < size; ++t) rows[i].push_back(static_cast<std::int64_t>(4 + random.next_below(1996)));
  }
  return rows;
}

void generation(benchmark::State& state) {
  const auto policy = model(false);
  const Rows prompts = random_rows(kPrompt, 1);
  GenerateOptions options{.max_new_tokens = kResponse, .do_sample = true};
  for (std::uint64_t i = 0; i < kRows; ++i) options.streams.emplace_back(0, i);
  for (auto _ : state) benchmark::DoNotOptimize(generate(*policy->lm, prompts, options));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows * kResponse));
}
BENCHMARK(generation)->Unit(benchmark::kMillisecond)->UseRealTime();

void ppo_step(benchmark::State& state) {
  PpoConfig config;
  config.batch_size = kRows;
  config.mini_batch_size = 4;
  PpoTrainer trainer(model(true), model(false), config);
  PpoBatch batch{random_rows(kPrompt, 1), random_rows(kResponse, 2), {}, {}, {}};
  for (std::size_t i = 0; i < kRows; ++i) batch.scores.push_back(i % 2 == 0 ? 1.0F : -1.0F);
  for (auto _ : state) benchmark::DoNotOptimize(trainer.step(batch));
}
BENCHMARK(ppo_step)->Unit(benchmark::kMillisecond)->UseRealTime();

// One head group of the teacher's shape; argument: tokens. Masked is what left padding costs.
void attention(benchmark::State& state) {
  const std::int64_t tokens = state.range(0);
  const bool masked = state.range(1) != 0;
  const at::Tensor q = at::randn({4, 8, tokens, 64});
  const at::Tensor k = at::randn({4, 2, tokens, 64});
  at::Tensor mask = at::ones({4, tokens}, at::kBool);
  if (masked) mask.narrow(1, 0, tokens / 4).fill_(false);
  for (auto _ : state) benchmark::DoNotOptimize(attend(q, k, k, attention_mask(mask, tokens)));
}
BENCHMARK(attention)
    ->ArgNames({"tokens", "masked"})
    ->Args({64, 0})
    ->Args({64, 1})
    ->Args({512, 0})
    ->Args({512, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// One token from a vocabulary of the given size: pure, and with every filter.
void sampler(benchmark::State& state) {
  RandomStream random(1, 0);
  std::vector<float> logits;
  for (std::int64_t i = 0; i < state.range(0); ++i) logits.push_back(static_cast<float>(random.next_normal()));
  GenerateOptions options;
  if (state.range(1) != 0) options = {.temperature = 0.8, .top_k = 50, .top_p = 0.95};
  std::vector<float> row;
  for (auto _ : state) {
    row = logits;
    warp_logits(row, options);
    benchmark::DoNotOptimize(draw(row, random.next_uniform()));
  }
}
BENCHMARK(sampler)
    ->ArgNames({"vocabulary", "filtered"})
    ->Args({2000, 0})
    ->Args({2000, 1})
    ->Args({128256, 0})
    ->Args({128256, 1})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace dppo
