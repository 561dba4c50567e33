// Attention of one new token over cached keys and values, for the query heads that share them.
#pragma once

#include "kernel/level.h"
#include "kernel/unit_few_rows.h"
#include "kernel/unit_vector.h"

namespace dppo::kernel::DPPO_UNIT {

DPPO_INLINE std::int64_t whole_vectors(std::int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// The packed queries, then one row of weights for each query.
inline std::int64_t attention_scratch(std::int64_t group, std::int64_t head_size, std::int64_t count) {
  return group * (packed_width<Float32>(head_size) + whole_vectors(count));
}

// Replaces scores by e^(score - largest) and returns the sum of these. `scores` holds whole vectors.
DPPO_INLINE float to_weights(float* scores, std::int64_t count) {
  const std::int64_t width = whole_vectors(count);
  for (std::int64_t i = count; i < width; ++i) scores[i] = -__builtin_inff();
  const Vec most = fill(largest_of(scores, count));
  Vec total = {};
  for (std::int64_t i = 0; i < width; i += kLanes) {
    const Vec weight = exponential(load(scores + i) - most);
    total += weight;
    store(scores + i, weight);
  }
  return add_four(fold(total));
}

// Keys whose values stay in the level-1 cache while all elements of the outputs are added.
constexpr std::int64_t kChunk = 32;

// Where the weighted sums of values of some queries are taken from and go to.
struct Mix {
  const float* weights;  // one row of `stride` floats for each query
  std::int64_t stride;
  const float* values;
  float* out;  // the sums so far
  std::int64_t head_size;
  std::int64_t count;
};

// Adds to C vectors of the sums of G queries from the element `first` on. Each lane adds the keys in their order.
template <int G, int C>
void mix_tile(const Mix& mix, std::int64_t first) {
  Vec sums[G][C];
  float* out = mix.out + first;
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) sums[g][c] = load(out + g * mix.head_size + c * kLanes);
  }
  const float* values = mix.values + first;
  for (std::int64_t key = 0; key < mix.count; ++key, values += mix.head_size) {
    Vec value[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      value[c] = load(values + c * kLanes);
      __builtin_prefetch(values + kChunk * mix.head_size + c * kLanes, 0, 2);
    }
#pragma GCC unroll 4
    for (int g = 0; g < G; ++g) {
      const Vec weight = fill(mix.weights[g * mix.stride + key]);
#pragma GCC unroll 8
      for (int c = 0; c < C; ++c) sums[g][c] += weight * value[c];
    }
  }
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) store(out + g * mix.head_size + c * kLanes, sums[g][c]);
  }
}

// Adds to the elements after the last whole vector.
template <int G>
void mix_tail(const Mix& mix, std::int64_t first) {
  for (int g = 0; g < G; ++g) {
    for (std::int64_t key = 0; key < mix.count; ++key) {
      const float weight = mix.weights[g * mix.stride + key];
      const float* values = mix.values + key * mix.head_size;
      float* out = mix.out + g * mix.head_size;
      for (std::int64_t d = first; d < mix.head_size; ++d) out[d] += weight * values[d];
    }
  }
}

template <int G, int C>
void mix_values(Mix mix) {
  const std::int64_t count = mix.count;
  for (std::int64_t key = 0; key < count; key += kChunk) {
    mix.count = count - key < kChunk ? count - key : kChunk;
    std::int64_t first = 0;
    for (; first + C * kLanes <= mix.head_size; first += C * kLanes) mix_tile<G, C>(mix, first);
    for (; first + kLanes <= mix.head_size; first += kLanes) mix_tile<G, 1>(mix, first);
    mix_tail<G>(mix, first);
    mix.weights += kChunk;
    mix.values += kChunk * mix.head_size;
  }
}

inline void attend(const CachedHeads& task) {
  const std::int64_t packed_size = task.group * packed_width<Float32>(task.head_size);
  const std::int64_t stride = whole_vectors(task.count);
  float* packed = task.scratch;
  float* scores = task.scratch + packed_size;
  pack<Float32>(task.queries, task.group, task.head_size, packed);
  for (std::int64_t i = 0; i < packed_size; ++i) packed[i] *= task.scale;
  multiply<Float32>({packed, task.keys, nullptr, scores, task.group, task.head_size, stride}, 0, task.count);
  for (std::int64_t first = 0; first < task.group; first += kPassRows) {
    const std::int64_t left = task.group - first < kPassRows ? task.group - first : kPassRows;
    float* weights = scores + first * stride;
    float totals[kPassRows];
    for (std::int64_t g = 0; g < left; ++g) totals[g] = to_weights(weights + g * stride, task.count);
    float* out = task.out + first * task.head_size;
    std::memset(out, 0, static_cast<std::size_t>(left * task.head_size) * sizeof(float));
    const Mix mix{weights, stride, task.values, out, task.head_size, task.count};
    if (left == 4) mix_values<4, 2>(mix);
    if (left == 3) mix_values<3, 4>(mix);
    if (left == 2) mix_values<2, 4>(mix);
    if (left == 1) mix_values<1, 8>(mix);
    for (std::int64_t g = 0; g < left; ++g) {
      for (std::int64_t d = 0; d < task.head_size; ++d) out[g * task.head_size + d] /= totals[g];
    }
  }
}

}  // namespace dppo::kernel::DPPO_UNIT
