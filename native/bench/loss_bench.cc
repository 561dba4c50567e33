// From logits to the loss of a minibatch: log-probabilities and entropy of 4 x 80 response tokens, and the PPO losses.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <benchmark/benchmark.h>

#include "model/log_probs.h"
#include "ppo/loss.h"

namespace dppo {
namespace {

constexpr std::int64_t kResponseTokens = 4 * 80;

void log_probs_and_entropy(benchmark::State& state) {
  const at::Tensor logits = at::rand({kResponseTokens, state.range(0)});
  const at::Tensor ids = at::randint(state.range(0), {kResponseTokens}, at::kLong);
  for (auto _ : state) benchmark::DoNotOptimize(score_tokens(logits, ids, /*with_entropy=*/true));
}
BENCHMARK(log_probs_and_entropy)
    ->ArgName("vocabulary")
    ->Arg(16384)
    ->Arg(128256)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void log_probs_with_gradient(benchmark::State& state) {
  const at::Tensor logits = at::rand({kResponseTokens, state.range(0)}).requires_grad_(true);
  const at::Tensor ids = at::randint(state.range(0), {kResponseTokens}, at::kLong);
  for (auto _ : state) {
    logits.mutable_grad().reset();
    // The trainer's logits are not a leaf, whose memory may not be overwritten.
    score_and_overwrite(logits * 1.0, ids, /*with_entropy=*/true).log_probs.sum().backward();
  }
}
BENCHMARK(log_probs_with_gradient)
    ->ArgName("vocabulary")
    ->Arg(16384)
    ->Arg(128256)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void ppo_loss_with_gradient(benchmark::State& state) {
  const std::vector<std::int64_t> shape{4, 149};
  const LossInput input{.log_probs = at::rand(shape).requires_grad_(true),
                        .values = at::rand(shape).requires_grad_(true),
                        .old_log_probs = at::rand(shape),
                        .old_values = at::rand(shape),
                        .advantages = at::rand(shape),
                        .returns = at::rand(shape),
                        .mask = at::ones(shape),
                        .tokens = at::ones(shape).sum()};
  const PpoConfig config;
  for (auto _ : state) {
    input.log_probs.mutable_grad().reset();
    input.values.mutable_grad().reset();
    ppo_losses(input, config).total.backward();
  }
}
BENCHMARK(ppo_loss_with_gradient)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace dppo
