// The PPO step of the child by phase: eight prompts of 70 or of 20 to 300 tokens, responses of 80, four epochs.
#include <benchmark/benchmark.h>

#include "fixture.h"
#include "ppo/trainer.h"

namespace dppo {
namespace {

constexpr std::size_t kRows = 8;

void step(benchmark::State& state, const std::vector<std::size_t>& prompt_lengths) {
  const auto policy = trainable_model("child");
  PpoConfig config;
  config.batch_size = kRows;
  config.mini_batch_size = state.range(0);
  PpoTrainer trainer(policy, clone_frozen(*policy), config);
  PpoBatch batch;
  batch.queries = random_rows(prompt_lengths, 1);
  batch.responses = random_rows(std::vector<std::size_t>(kRows, 80), 2);
  for (std::size_t i = 0; i < kRows; ++i) batch.scores.push_back(i % 2 == 0 ? 1.0F : -1.0F);
  for (auto _ : state) {
    const PpoStepResult result = trainer.step(batch);
    for (const auto& [name, value] : result.stats) {
      const std::string prefix = "time/ppo/";
      if (name.starts_with(prefix)) state.counters[name.substr(prefix.size())] = value;
    }
  }
}
void ppo_step_equal(benchmark::State& state) { step(state, std::vector<std::size_t>(kRows, 70)); }
void ppo_step_ragged(benchmark::State& state) { step(state, ragged_lengths(kRows)); }

void minibatches(benchmark::internal::Benchmark* bench) {
  bench->ArgName("minibatch")->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond)->Iterations(1);
}
BENCHMARK(ppo_step_equal)->Apply(minibatches)->UseRealTime();
BENCHMARK(ppo_step_ragged)->Apply(minibatches)->UseRealTime();

}  // namespace
}  // namespace dppo
