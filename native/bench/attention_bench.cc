// Attention as the shapes of the child (12 heads of 64) and of the teacher (32 heads of 64 over 8 key heads) need it: a
// decode step over a cache, and a causal prefill.
#include <ATen/ops/rand.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <benchmark/benchmark.h>

#include <optional>

namespace dppo {
namespace {

struct Heads {
  std::int64_t queries;
  std::int64_t keys;
};
constexpr Heads kChild{12, 12};
constexpr Heads kTeacher{32, 8};
constexpr std::int64_t kHeadSize = 64;

void attend(benchmark::State& state, Heads heads, std::int64_t rows, std::int64_t new_tokens, std::int64_t tokens) {
  const at::Tensor q = at::rand({rows, heads.queries, new_tokens, kHeadSize});
  const at::Tensor k = at::rand({rows, heads.keys, tokens, kHeadSize});
  const at::Tensor v = at::rand({rows, heads.keys, tokens, kHeadSize});
  const bool causal = new_tokens > 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(at::scaled_dot_product_attention(q, k, v, /*attn_mask=*/{}, /*dropout_p=*/0.0, causal,
                                                              /*scale=*/std::nullopt,
                                                              /*enable_gqa=*/heads.queries != heads.keys));
  }
  state.SetBytesProcessed(state.iterations() * 2 * rows * heads.keys * tokens * kHeadSize * 4);
}

void attention_decode_child(benchmark::State& state) { attend(state, kChild, state.range(0), 1, state.range(1)); }
void attention_decode_teacher(benchmark::State& state) { attend(state, kTeacher, state.range(0), 1, state.range(1)); }
void attention_prefill_child(benchmark::State& state) {
  attend(state, kChild, state.range(0), state.range(1), state.range(1));
}
void attention_prefill_teacher(benchmark::State& state) {
  attend(state, kTeacher, state.range(0), state.range(1), state.range(1));
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "tokens"})->Unit(benchmark::kMicrosecond)->UseRealTime();
  for (const std::int64_t rows : {1, 8}) {
    for (const std::int64_t tokens : {70, 300}) bench->Args({rows, tokens});
  }
}
BENCHMARK(attention_decode_child)->Apply(shapes);
BENCHMARK(attention_decode_teacher)->Apply(shapes);
BENCHMARK(attention_prefill_child)->Apply(shapes);
BENCHMARK(attention_prefill_teacher)->Apply(shapes);

}  // namespace
}  // namespace dppo
