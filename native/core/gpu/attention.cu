// The kernels of a decoding step that are no products: embeddings, and attention to the cached keys. Behind
// bfloat16.cu.

namespace dppo::gpu {

// A grid of R blocks.
__global__ void embed(EmbedArguments a) {
  let_next_start();
  wait_for_inputs();
  const int row = blockIdx.x;
  const Bfloat16* const token = a.tokens + a.ids[row] * a.width;
  const Bfloat16* const position =
      a.positions == nullptr ? nullptr : a.positions + (a.places[row] + a.first_position) * a.width;
  for (int i = threadIdx.x; i < a.width; i += blockDim.x) {
    a.out[row * a.width + i] = position == nullptr ? token[i] : rounded(widened(token[i]) + widened(position[i]));
  }
}

// A grid of (H, R) blocks. Groups of D / 8 lanes take keys in turn and keep a softmax of those that they have seen, as
// a largest score, a sum of powers and a sum of values (Milakov & Gimelshein 2018).
template <int head_dim, int threads>
__global__ void __launch_bounds__(threads) attention(AttentionArguments a) {
  constexpr int kLanes = head_dim / 8;
  constexpr int kGroups = threads / kLanes;
  constexpr int kWarps = threads / 32;
  constexpr int kAtOnce = 4;  // keys of a group whose memory is read at once
  constexpr float kLogOfE = 1.4426950408889634f;
  const float kNothing = __int_as_float(0xff800000);  // minus infinity, the largest score of no keys
  __shared__ float tops[kWarps], totals[kWarps], mixes[kWarps][head_dim];

  let_next_start();
  const int head = blockIdx.x, row = blockIdx.y;
  const int kv_head = head / (a.heads / a.kv_heads);
  const int newest = static_cast<int>(a.positions[row]);
  const int first = a.window > 0 ? max(newest + 1 - a.window, 0) : 0;
  const int lane = threadIdx.x % kLanes, group = threadIdx.x / kLanes;
  const long long cached = static_cast<long long>(row * a.kv_heads + kv_head) * a.capacity * head_dim + lane * 8;

  Eight keys[kAtOnce], values[kAtOnce];
  const auto read_keys = [&](int start) {
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      const long long key = max(min(start + i * kGroups + group, newest - 1), 0);
      keys[i] = read(a.keys + cached + key * head_dim);
      values[i] = read(a.values + cached + key * head_dim);
    }
  };
  // Earlier steps have written the positions and all keys but the newest one. They have ended, because the first kernel
  // of a step starts behind everything before it. The newest key may be read here, but then it is not used.
  read_keys(first);
  wait_for_inputs();
  float query[8];
  read(a.q + (row * a.heads + head) * head_dim + lane * 8).unpack(query);
  float top = kNothing, total = 0.0f, mix[8] = {};
  // Every lane of a warp must call this, because lanes exchange their sums.
  const auto see = [&](const Eight& key_bits, const Eight& value_bits, bool is_seen) {
    float key[8], score = 0.0f;
    key_bits.unpack(key);
    for (int d = 0; d < 8; ++d) score += query[d] * key[d];
    for (int other = kLanes / 2; other > 0; other /= 2) score += __shfl_xor_sync(kAllLanes, score, other);
    if (!is_seen) return;
    score *= a.scale * kLogOfE;
    const float higher = fmaxf(top, score);
    const float shrink = exp2f(top - higher), weight = exp2f(score - higher);
    float value[8];
    value_bits.unpack(value);
    for (int d = 0; d < 8; ++d) mix[d] = mix[d] * shrink + weight * value[d];
    total = total * shrink + weight;
    top = higher;
  };
  for (int start = first; start < newest; start += kGroups * kAtOnce) {
    if (start > first) read_keys(start);
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) see(keys[i], values[i], start + i * kGroups + group < newest);
  }
  const long long last = cached + static_cast<long long>(newest) * head_dim;
  see(read(a.keys + last), read(a.values + last), group == 0);
  // Joins the groups of a warp, then the warps. A group that has seen no key has the largest score -inf.
  const auto factor = [kNothing](float own, float higher) { return own == kNothing ? 0.0f : exp2f(own - higher); };
  for (int other = kLanes; other < 32; other *= 2) {
    const float other_top = __shfl_xor_sync(kAllLanes, top, other);
    const float higher = fmaxf(top, other_top);
    const float ours = factor(top, higher), theirs = factor(other_top, higher);
    total = total * ours + __shfl_xor_sync(kAllLanes, total, other) * theirs;
    for (int d = 0; d < 8; ++d) mix[d] = mix[d] * ours + __shfl_xor_sync(kAllLanes, mix[d], other) * theirs;
    top = higher;
  }
  const int warp = threadIdx.x / 32;
  if (threadIdx.x % 32 < kLanes) {
    for (int d = 0; d < 8; ++d) mixes[warp][lane * 8 + d] = mix[d];
    if (lane == 0) tops[warp] = top, totals[warp] = total;
  }
  __syncthreads();
  for (int d = threadIdx.x; d < head_dim; d += threads) {
    float highest = kNothing, whole = 0.0f, result = 0.0f;
    for (int w = 0; w < kWarps; ++w) highest = fmaxf(highest, tops[w]);
    for (int w = 0; w < kWarps; ++w) {
      const float share = factor(tops[w], highest);
      whole += totals[w] * share;
      result += mixes[w][d] * share;
    }
    a.out[(row * a.heads + head) * head_dim + d] = rounded(result / whole);
  }
}

}  // namespace dppo::gpu
