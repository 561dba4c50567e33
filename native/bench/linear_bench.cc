// Linear layers by the number of rows: few rows are what a decode step has, 64 rows what a short prefill has.
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>

#include "kernel/linear.h"

namespace dppo {
namespace {

void linear(benchmark::State& state, at::ScalarType dtype) {
  const std::int64_t rows = state.range(0);
  const std::int64_t in = state.range(1);
  const std::int64_t out = state.range(2);
  const at::Tensor x = at::rand({rows, in});
  // As many weights as a model has layers, so that no cache can hold them.
  std::vector<at::Tensor> weights;
  for (std::int64_t layer = 0; layer < 12; ++layer) weights.push_back(at::rand({out, in}).to(dtype));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel::linear_no_grad(x, weights[next], {}));
    next = (next + 1) % weights.size();
  }
  state.SetBytesProcessed(state.iterations() * out * in * static_cast<std::int64_t>(weights[0].element_size()));
  state.counters["flops"] =
      benchmark::Counter(2.0 * static_cast<double>(rows * in * out), benchmark::Counter::kIsIterationInvariantRate);
}
void linear_float32(benchmark::State& state) { linear(state, at::kFloat); }
void linear_bfloat16(benchmark::State& state) { linear(state, at::kBFloat16); }

// The largest matrix of a layer: of the child, then of the teacher.
void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "in", "out"})->Unit(benchmark::kMicrosecond)->UseRealTime();
  for (const std::int64_t rows : {1, 2, 4, 8, 16, 32, 64}) bench->Args({rows, 768, 3072});
  for (const std::int64_t rows : {1, 8, 64}) bench->Args({rows, 2048, 8192});
}
BENCHMARK(linear_float32)->Apply(shapes);
BENCHMARK(linear_bfloat16)->Apply(shapes);

}  // namespace
}  // namespace dppo
