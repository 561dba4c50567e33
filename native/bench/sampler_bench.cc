// Drawing one token from one row of logits, with the vocabularies of the child and of the teacher.
#include <benchmark/benchmark.h>

#include "base/random.h"
#include "generate/sampler.h"
#include "kernel/draw.h"

namespace dppo {
namespace {

constexpr std::int64_t kChildVocabulary = 16384;
constexpr std::int64_t kTeacherVocabulary = 128256;

std::vector<float> random_logits(std::int64_t size) {
  RandomStream random(1, 0);
  std::vector<float> logits;
  for (std::int64_t i = 0; i < size; ++i) logits.push_back(static_cast<float>(random.next_normal()));
  return logits;
}

void sample(benchmark::State& state, const GenerateOptions& options) {
  const std::vector<float> logits = random_logits(state.range(0));
  RandomStream random(2, 0);
  std::vector<float> row;
  for (auto _ : state) {
    row = logits;  // warping changes the row, and generation copies each row from the batch as well
    warp_logits(row, options);
    benchmark::DoNotOptimize(kernel::draw_index(row, random.next_uniform()));
  }
}
// The child in training samples without a filter, the teacher with all of them.
void sampler_unfiltered(benchmark::State& state) { sample(state, {}); }
void sampler_filtered(benchmark::State& state) {
  GenerateOptions options;
  options.temperature = 0.5;
  options.top_k = 50;
  options.top_p = 0.95;
  sample(state, options);
}
void sampler_greedy(benchmark::State& state) {
  const std::vector<float> logits = random_logits(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(argmax(logits));
}

void vocabularies(benchmark::internal::Benchmark* bench) {
  bench->ArgName("vocabulary")->Arg(kChildVocabulary)->Arg(kTeacherVocabulary)->Unit(benchmark::kMicrosecond);
}
BENCHMARK(sampler_unfiltered)->Apply(vocabularies);
BENCHMARK(sampler_filtered)->Apply(vocabularies);
BENCHMARK(sampler_greedy)->Apply(vocabularies);

}  // namespace
}  // namespace dppo
