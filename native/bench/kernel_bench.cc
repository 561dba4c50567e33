// The kernels beside the operators of libtorch that they replace. Weights and caches rotate through copies that
// together exceed the processor's caches, as the layers of a model do.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernel/cached_attention.h"
#include "kernel/draw.h"
#include "kernel/few_rows.h"
#include "kernel/linear.h"
#include "kernel/product.h"
#include "kernel/sum.h"

namespace dppo::kernel {
namespace {

constexpr std::int64_t kRotation = 100'000'000;  // bytes

template <typename Make>
std::vector<at::Tensor> copies(std::int64_t bytes, Make make) {
  std::vector<at::Tensor> all{make()};
  while (static_cast<std::int64_t>(all.size()) * bytes < kRotation) all.push_back(all.front().clone());
  return all;
}

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

// Arguments: rows, in, out, type. The rate is in stored bytes of the weight.
template <typename Linear>
void linear(benchmark::State& state, Linear compute) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({state.range(0), state.range(1)});
  const at::ScalarType type = kTypes[state.range(3)];
  const std::int64_t bytes = state.range(1) * state.range(2) * static_cast<std::int64_t>(c10::elementSize(type));
  const auto weights = copies(bytes, [&] { return at::randn({state.range(2), state.range(1)}).to(type); });
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(compute(x, weights[i++ % weights.size()]));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * bytes);
  state.counters["flops"] = benchmark::Counter(2.0 * static_cast<double>(x.numel() * state.range(2)),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

void few_rows(benchmark::State& state) {
  linear(state, [](const at::Tensor& x, const at::Tensor& weight) { return few_row_linear(x, weight, {}); });
}

void product_rows(benchmark::State& state) {
  linear(state, [](const at::Tensor& x, const at::Tensor& weight) { return matrix_product(x, weight.t()); });
}

void library_rows(benchmark::State& state) {
  linear(state, [](const at::Tensor& x, const at::Tensor& weight) { return at::linear(x, weight); });
}

void widened_rows(benchmark::State& state) {
  linear(state, [](const at::Tensor& x, const at::Tensor& weight) { return widened_linear(x, weight, {}); });
}

void bfloat16_rows(benchmark::State& state) {
  linear(state,
         [](const at::Tensor& x, const at::Tensor& weight) { return linear_on(LinearPath::kBfloat16, x, weight, {}); });
}

void shapes(benchmark::internal::Benchmark* bench, const std::vector<std::int64_t>& rows,
            const std::vector<std::int64_t>& types) {
  bench->ArgNames({"rows", "in", "out", "type"})->Unit(benchmark::kMicrosecond)->UseRealTime();
  for (const std::int64_t type : types) {
    for (const auto& [in, out] : {std::pair<std::int64_t, std::int64_t>{768, 3072}, {3072, 768}, {2048, 8192}}) {
      for (const std::int64_t count : rows) bench->Args({count, in, out, type});
    }
  }
}

BENCHMARK(few_rows)->Apply([](auto* bench) { shapes(bench, {1, 4, 8, 16, 24, 32, 48, 64}, {0, 1, 2}); });
BENCHMARK(product_rows)->Apply([](auto* bench) { shapes(bench, {16, 32, 48, 64, 150, 600}, {0, 1}); });
BENCHMARK(library_rows)->Apply([](auto* bench) { shapes(bench, {1, 4, 8, 16, 24, 32, 48, 64, 150, 600}, {0}); });
BENCHMARK(widened_rows)->Apply([](auto* bench) { shapes(bench, {16, 32, 48, 150, 600}, {1, 2}); });
BENCHMARK(bfloat16_rows)->Apply([](auto* bench) { shapes(bench, {4, 8, 16, 32, 64, 150, 600}, {1}); });

struct Cache {
  std::vector<at::Tensor> keys;
  std::vector<at::Tensor> values;
};

// Arguments: rows, heads, key heads, keys; heads of 64.
Cache caches(const benchmark::State& state) {
  const std::int64_t bytes = 2 * state.range(0) * state.range(2) * state.range(3) * 64 * 4;
  const auto make = [&] { return at::randn({state.range(0), state.range(2), state.range(3), 64}); };
  return {copies(bytes, make), copies(bytes, make)};
}

void attention_kernel(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const auto [keys, values] = caches(state);
  const at::Tensor q = at::randn({state.range(0), state.range(1), 64});
  std::vector<std::int64_t> slots;
  for (std::int64_t row = 0; row < state.range(0); ++row) slots.push_back(row);
  const std::vector<std::int64_t> lengths(slots.size(), state.range(3));
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t layer = i++ % keys.size();
    benchmark::DoNotOptimize(cached_attention(q, {keys[layer], values[layer], slots, lengths}, 0, 0.125));
  }
}

void attention_library(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const auto [keys, values] = caches(state);
  const at::Tensor q = at::randn({state.range(0), state.range(1), 1, 64});
  const at::Tensor mask = at::empty({state.range(0), 1, 1, state.range(3)}, at::kBool).fill_(true);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t layer = i++ % keys.size();
    benchmark::DoNotOptimize(at::scaled_dot_product_attention(q, keys[layer], values[layer], mask, 0.0, false, 0.125,
                                                              state.range(1) != state.range(2)));
  }
}

void attention_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "heads", "key_heads", "keys"})->Unit(benchmark::kMicrosecond)->UseRealTime();
  bench->Args({8, 12, 12, 100})->Args({8, 12, 12, 380})->Args({8, 32, 8, 300});
}

BENCHMARK(attention_kernel)->Apply(attention_shapes);
BENCHMARK(attention_library)->Apply(attention_shapes);

// Argument: vocabulary.
std::vector<float> random_logits(const benchmark::State& state) {
  const at::Tensor logits = at::randn({state.range(0)}) * 3.0F;
  const float* first = logits.const_data_ptr<float>();
  return {first, first + logits.numel()};
}

void draw_kernel(benchmark::State& state) {
  const std::vector<float> logits = random_logits(state);
  for (auto _ : state) benchmark::DoNotOptimize(draw_index(logits, 0.7));
}

void draw_library(benchmark::State& state) {
  const std::vector<float> logits = random_logits(state);
  const double top = *std::max_element(logits.begin(), logits.end());
  for (auto _ : state) {
    double total = 0.0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit) - top);
    benchmark::DoNotOptimize(total);
  }
}

BENCHMARK(draw_kernel)->Arg(16384)->Arg(128256)->Unit(benchmark::kMicrosecond);
BENCHMARK(draw_library)->Arg(16384)->Arg(128256)->Unit(benchmark::kMicrosecond);

// Argument: millions of elements, as many as a model's gradients have.
void square_sum_kernel(benchmark::State& state) {
  const at::Tensor x = at::randn({state.range(0) * 1'000'000});
  for (auto _ : state) benchmark::DoNotOptimize(sum_of_squares(x));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * x.numel() * 4);
}

void square_sum_library(benchmark::State& state) {
  const at::Tensor x = at::randn({state.range(0) * 1'000'000});
  for (auto _ : state) benchmark::DoNotOptimize(x.to(at::kDouble).square().sum().item<double>());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * x.numel() * 4);
}

BENCHMARK(square_sum_kernel)->Arg(20)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(square_sum_library)->Arg(20)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace dppo::kernel
