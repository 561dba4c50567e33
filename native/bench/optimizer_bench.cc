// The optimizer on the 99 million parameters of the child.
#include <ATen/ops/rand_like.h>
#include <benchmark/benchmark.h>

#include "fixture.h"
#include "optim/adam.h"
#include "optim/gradients.h"

namespace dppo {
namespace {

std::shared_ptr<Policy> model_with_gradients() {
  const auto policy = trainable_model("child");
  for (auto& [name, tensor] : policy->parameters()) tensor.mutable_grad() = at::rand_like(tensor.detach());
  return policy;
}

std::int64_t bytes_of(const Policy& policy, std::int64_t arrays) { return arrays * policy.bytes(); }

// Reads weight, gradient and both moments, and writes all but the gradient.
void adam_step(benchmark::State& state) {
  const auto policy = model_with_gradients();
  Adam optimizer(policy->parameters(), {});
  for (auto _ : state) optimizer.step(1e-9);
  state.SetBytesProcessed(state.iterations() * bytes_of(*policy, 7));
}
BENCHMARK(adam_step)->Unit(benchmark::kMillisecond)->UseRealTime();

void gradient_norm_of_all(benchmark::State& state) {
  const auto policy = model_with_gradients();
  for (auto _ : state) benchmark::DoNotOptimize(gradient_norm(policy->parameters()));
  state.SetBytesProcessed(state.iterations() * bytes_of(*policy, 1));
}
BENCHMARK(gradient_norm_of_all)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace dppo
