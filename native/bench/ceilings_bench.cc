// What this machine can do at best: the rate at which all threads together read memory, and the rate of a large matrix
// product. docs/performance.md computes the ceilings of its tables from these figures.
#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "kernel/level.h"
#include "kernel/product.h"

namespace dppo {
namespace {

constexpr std::size_t kWords = std::size_t{1} << 27;  // 1 GiB of 64-bit words, far more than any cache holds

// A cache line, which the compiler adds in as many vectors as the processor has bytes for.
typedef std::uint64_t Line __attribute__((vector_size(64)));

// Reads as many places of the memory by turns as a kernel reads weight rows, a line of each. Independent sums and
// prefetches let the processor keep many reads under way: one place at a time gives half the rate on some processors.
std::uint64_t sum_of(const std::uint64_t* begin, std::size_t count) {
  constexpr std::size_t kPlaces = 4, kLineWords = sizeof(Line) / sizeof(std::uint64_t), kAhead = 8 * kLineWords;
  const std::size_t part = count / kPlaces;
  Line sums[kPlaces] = {};
  for (std::size_t i = 0; i + kLineWords <= part; i += kLineWords) {
    for (std::size_t place = 0; place < kPlaces; ++place) {
      const std::uint64_t* from = begin + place * part + i;
      __builtin_prefetch(from + kAhead, 0, 2);
      Line line;
      std::memcpy(&line, from, sizeof line);
      sums[place] += line;
    }
  }
  std::uint64_t total = 0;
  for (const Line& sum : sums) {
    for (std::size_t word = 0; word < kLineWords; ++word) total += sum[word];
  }
  return total;
}

void ceiling_read_bandwidth(benchmark::State& state) {
  const std::vector<std::uint64_t> words(kWords, 1);
  const auto threads = static_cast<std::size_t>(at::get_num_threads());
  const std::size_t part = kWords / threads;
  std::vector<std::uint64_t> sums(threads);
  for (auto _ : state) {
    std::vector<std::thread> readers;
    for (std::size_t i = 0; i < threads; ++i) {
      readers.emplace_back([&, i] { sums[i] = sum_of(words.data() + i * part, part); });
    }
    for (std::thread& reader : readers) reader.join();
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(threads * part * sizeof(std::uint64_t)));
}
BENCHMARK(ceiling_read_bandwidth)->Unit(benchmark::kMillisecond)->UseRealTime();

template <typename Multiply>
void product(benchmark::State& state, at::ScalarType dtype, Multiply multiply) {
  const std::int64_t size = state.range(0);
  const at::Tensor a = at::rand({size, size}).to(dtype);
  const at::Tensor b = at::rand({size, size}).to(dtype);
  for (auto _ : state) benchmark::DoNotOptimize(multiply(a, b));
  state.counters["flops"] =
      benchmark::Counter(2.0 * static_cast<double>(size * size * size), benchmark::Counter::kIsIterationInvariantRate);
}
at::Tensor of_library(const at::Tensor& a, const at::Tensor& b) { return at::mm(a, b); }
at::Tensor of_our_own(const at::Tensor& a, const at::Tensor& b) { return kernel::matrix_product(a, b); }
void ceiling_product_float32(benchmark::State& state) { product(state, at::kFloat, of_library); }
void ceiling_own_product_float32(benchmark::State& state) { product(state, at::kFloat, of_our_own); }
void ceiling_product_bfloat16(benchmark::State& state) { product(state, at::kBFloat16, of_library); }
BENCHMARK(ceiling_own_product_float32)->Arg(3072)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ceiling_product_float32)->Arg(3072)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ceiling_product_bfloat16)
    ->Arg(kernel::has_bfloat16_units() ? 3072 : 768)  // without units, a large product takes a minute
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace dppo
