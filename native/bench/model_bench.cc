// Prefill and decode step of whole models, both taken from generate().
#include <benchmark/benchmark.h>

#include <chrono>
#include <set>

#include "fixture.h"

namespace dppo {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Time of the first new token, sampler included.
void prefill(benchmark::State& state, const std::string& shape, const std::string& dtype) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto tokens = static_cast<std::size_t>(state.range(1));
  const auto policy = frozen_model(shape, dtype);
  const TokenRows prompts = random_rows(std::vector<std::size_t>(rows, tokens), 1);
  const GenerateOptions options = sampling(rows, 1);
  for (auto _ : state) benchmark::DoNotOptimize(generate(*policy->lm, prompts, options));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows * tokens));
}

// Mean time of a token of all rows, after each row has its first one.
void decode(benchmark::State& state, const std::string& shape, const std::string& dtype) {
  constexpr std::int64_t kSteps = 16;
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto tokens = static_cast<std::size_t>(state.range(1));
  const auto policy = frozen_model(shape, dtype);
  const TokenRows prompts = random_rows(std::vector<std::size_t>(rows, tokens), 1);
  const GenerateOptions options = sampling(rows, kSteps + 1);
  for (auto _ : state) {
    Clock::time_point first;
    std::set<std::int64_t> begun;
    const TokenCallback note_first = [&](std::int64_t row, std::int64_t) {
      if (begun.insert(row).second && begun.size() == rows) first = Clock::now();
    };
    benchmark::DoNotOptimize(generate(*policy->lm, prompts, options, note_first));
    state.SetIterationTime(seconds_between(first, Clock::now()) / static_cast<double>(kSteps));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

// The core's share of what the section `boundary` measures through the Node API.
void generate_one_token_tiny(benchmark::State& state) {
  const auto policy = frozen_model("tiny", "float32");
  const TokenRows prompts = random_rows({8}, 1);
  const GenerateOptions options = sampling(1, 1);
  for (auto _ : state) benchmark::DoNotOptimize(generate(*policy->lm, prompts, options));
}
BENCHMARK(generate_one_token_tiny)->Unit(benchmark::kMicrosecond)->UseRealTime();

void prefill_child(benchmark::State& state) { prefill(state, "child", "float32"); }
void decode_child(benchmark::State& state) { decode(state, "child", "float32"); }
void prefill_teacher_float32(benchmark::State& state) { prefill(state, "teacher", "float32"); }
void decode_teacher_float32(benchmark::State& state) { decode(state, "teacher", "float32"); }
void prefill_teacher_bfloat16(benchmark::State& state) { prefill(state, "teacher", "bfloat16"); }
void decode_teacher_bfloat16(benchmark::State& state) { decode(state, "teacher", "bfloat16"); }

void child_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "prompt"})->Unit(benchmark::kMillisecond);
  for (const std::int64_t rows : {1, 8, 64}) bench->Args({rows, 70});
  bench->Args({8, 300});
}
// A prefill of the teacher takes seconds, so each repetition measures it once.
void teacher_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "prompt"})->Unit(benchmark::kMillisecond)->Iterations(1);
  bench->Args({1, 200})->Args({8, 200});
}
BENCHMARK(prefill_child)->Apply(child_shapes)->UseRealTime();
// The prompt of each iteration is not part of its time, so the number of iterations is bounded here.
BENCHMARK(decode_child)->Apply(child_shapes)->UseManualTime()->Iterations(3);
BENCHMARK(prefill_teacher_float32)->Apply(teacher_shapes)->UseRealTime();
BENCHMARK(decode_teacher_float32)->Apply(teacher_shapes)->UseManualTime();
BENCHMARK(prefill_teacher_bfloat16)->Apply(teacher_shapes)->UseRealTime();
BENCHMARK(decode_teacher_bfloat16)->Apply(teacher_shapes)->UseManualTime();

}  // namespace
}  // namespace dppo
