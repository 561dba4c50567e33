// Kernels of a decoding step: one new token of each of a few rows. Reading the weights is what takes time, so each
// kernel reads them once for all rows, and starts to read before the kernel in front of it has ended.
// NVRTC compiles this file behind decode_arguments.h, so it includes nothing.

namespace dppo::gpu {

namespace {

constexpr unsigned kAllLanes = 0xffffffffu;
constexpr int kMostHeld = 4;       // steps of which a thread keeps the rows
constexpr int kMostRowsAhead = 2;  // steps whose rows a thread has asked for when it does not keep them

__device__ float widened(Bfloat16 x) { return __uint_as_float(static_cast<unsigned>(x) << 16); }

__device__ Bfloat16 rounded(float x) {
  Bfloat16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result) : "f"(x));
  return result;
}

// Eight neighbouring numbers as they lie in memory.
struct Eight {
  uint4 bits;

  __device__ void unpack(float (&x)[8]) const {
    const unsigned pairs[4] = {bits.x, bits.y, bits.z, bits.w};
    for (int i = 0; i < 4; ++i) {
      x[2 * i] = __uint_as_float(pairs[i] << 16);
      x[2 * i + 1] = __uint_as_float(pairs[i] & 0xffff0000u);
    }
  }
  __device__ void pack(const float (&x)[8]) {
    unsigned pairs[4];
    for (int i = 0; i < 4; ++i) {
      pairs[i] = static_cast<unsigned>(rounded(x[2 * i])) | static_cast<unsigned>(rounded(x[2 * i + 1])) << 16;
    }
    bits = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
  }
};

__device__ Eight read(const Bfloat16* from) { return {*reinterpret_cast<const uint4*>(from)}; }

// The two halves of a tile of outputs: 8 neighbouring ones from `first` on, and those `distance` behind them. Halves
// are apart where two outputs are needed together: gate and up, or the two that a rotation mixes.
struct Tile {
  int first;
  int distance;
};

// The weights that a warp has asked for, in shared memory, so that they take no registers while they are on their way.
// The weights never change, so a warp may ask before wait_for_inputs().
class Ring {
 public:
  __device__ Ring(int warp, int lane) : lane_(lane) {
    extern __shared__ uint4 ring[];
    slots_ = ring + warp * kSlots * kSlotSize;
  }

  // Asks for kTileInputs numbers from `input` on of the lines of a tile, or of the last one instead of those behind it.
  // Neighbouring lanes ask for neighbouring memory, 128 bytes of a line together.
  __device__ void ask(const Bfloat16* weight, const Tile& tile, int last, long long inputs, int input) {
    const int chunk = lane_ % kChunks;
#pragma unroll
    for (int i = 0; i < kTile * kChunks / 32; ++i) {
      const int line = lane_ / kChunks + i * (32 / kChunks);
      const int output = min(tile.first + line % 8 + (line < 8 ? 0 : tile.distance), last);
      copy(slots_ + asked_ * kSlotSize + place(line, chunk), weight + output * inputs + input + chunk * 8);
    }
  }

  // Follows each step, also one that asks for nothing.
  __device__ void end_of_step() {
    asm volatile("cp.async.commit_group;");
    asked_ = after(asked_);
  }

  // Waits for the earliest step that has not been taken. Then `lines` reads it.
  __device__ void take() {
    asm volatile("cp.async.wait_group %0;" ::"n"(kStepsAhead - 1) : "memory");
    __syncwarp();
    taken_ = after(taken_);
  }

  // Returns what this lane multiplies in one half of the step: 8 inputs of the line of its group in a half of the tile.
  __device__ Eight lines(int half_of_step, int half_of_tile) const {
    const int line = lane_ / 4 + half_of_tile * 8, chunk = lane_ % 4 + half_of_step * 4;
    return {slots_[taken_ * kSlotSize + place(line, chunk)]};
  }

 private:
  static constexpr int kSlots = kStepsAhead + 1;
  static constexpr int kChunks = kTileInputs / 8;  // of a line, 16 bytes each
  static constexpr int kSlotSize = kTile * kChunks;

  // The halves of every other line change places, so that lanes that read together read from different banks.
  __device__ static int place(int line, int chunk) { return line * kChunks + (chunk ^ (line % 2 * (kChunks / 2))); }

  __device__ static int after(int slot) { return slot + 1 == kSlots ? 0 : slot + 1; }

  __device__ static void copy(uint4* to, const Bfloat16* from) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
                 "l"(from));
  }

  int lane_;
  uint4* slots_;
  int asked_ = 0;
  int taken_ = kSlots - 1;
};

// Waits until the kernels in front have ended. Memory that they write must not be touched before.
__device__ void wait_for_inputs() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Lets the next kernel start and wait in its turn.
__device__ void let_next_start() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Adds the products of 16 lines of weights and 8 rows over 32 inputs. Lane 4 g + t holds inputs 8 t to 8 t + 7 of lines
// g and g + 8 and of row g. The sum has rows 2 t and 2 t + 1 of line g, then of line g + 8. A matrix unit takes 16
// inputs; which 16 does not matter as long as lines and rows agree.
__device__ void multiply(float (&sum)[4], const Eight& line, const Eight& line_8, const Eight& row) {
  const auto half = [&sum](unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  };
  half(line.bits.x, line_8.bits.x, line.bits.y, line_8.bits.y, row.bits.x, row.bits.y);
  half(line.bits.z, line_8.bits.z, line.bits.w, line_8.bits.w, row.bits.z, row.bits.w);
}

template <Ending ending>
__device__ float activated(float x) {
  constexpr float kRootHalf = 0.70710678118654752f;       // sqrt(1 / 2)
  constexpr float kRootTwoOverPi = 0.79788456080286536f;  // sqrt(2 / pi)
  if constexpr (ending == Ending::kRelu) return fmaxf(x, 0.0f);
  if constexpr (ending == Ending::kGelu) return 0.5f * x * (1.0f + erff(x * kRootHalf));
  if constexpr (ending == Ending::kGeluNew) {
    return 0.5f * x * (1.0f + tanhf(kRootTwoOverPi * (x + 0.044715f * x * x * x)));
  }
  if constexpr (ending == Ending::kSilu || ending == Ending::kGated) return x / (1.0f + expf(-x));
  if constexpr (ending == Ending::kTanh) return tanhf(x);
  return x;
}

// Returns the largest divisor of n that is at most `most`.
__device__ constexpr int largest_divisor(int n, int most) {
  int divisor = most;
  while (n % divisor != 0) --divisor;
  return divisor;
}

template <Ending ending>
__device__ Tile tile_at(const ProductArguments& a, int index) {
  if constexpr (ending == Ending::kGated) return {index * kTile / 2, a.outputs / 2};
  if constexpr (ending == Ending::kHeads) {
    const int parts = a.head_dim / kTile;
    return {index / parts * a.head_dim + index % parts * (kTile / 2), a.head_dim / 2};
  }
  return {index * kTile, kTile / 2};
}

// Writes two outputs of a row, which stand at `place` and `place + distance` of their head.
__device__ void store_heads(const ProductArguments& a, int row, int output, float low, float high) {
  const int head = output / a.head_dim;
  const int place = output % a.head_dim;
  const int distance = a.head_dim / 2;
  const int position = static_cast<int>(a.positions[row]);
  if (a.frequencies != nullptr && head < a.heads + a.kv_heads) {
    const float angle = static_cast<float>(position) * a.frequencies[place];
    const float cosine = widened(rounded(cosf(angle))), sine = widened(rounded(sinf(angle)));
    const float x = widened(rounded(low)), y = widened(rounded(high));
    low = x * cosine - y * sine;
    high = y * cosine + x * sine;
  }
  Bfloat16* to;
  if (head < a.heads) {
    to = a.out + (row * a.heads + head) * a.head_dim;
  } else {
    const int kv_head = (head - a.heads) % a.kv_heads;
    Bfloat16* const cache = head < a.heads + a.kv_heads ? a.keys : a.values;
    to = cache + (static_cast<long long>(row * a.kv_heads + kv_head) * a.capacity + position) * a.head_dim;
  }
  to[place] = rounded(low);
  to[place + distance] = rounded(high);
}

template <Ending ending>
__device__ void store(const ProductArguments& a, int row, int output, int distance, float low, float high) {
  const bool has_high = output + distance < a.outputs;
  if (a.bias != nullptr) {
    low += widened(a.bias[output]);
    if (has_high) high += widened(a.bias[output + distance]);
  }
  if constexpr (ending == Ending::kHeads) {
    store_heads(a, row, output, low, high);
  } else if constexpr (ending == Ending::kGated) {
    const float gate = widened(rounded(low)), up = widened(rounded(high));
    a.out[row * (a.outputs / 2) + output] = rounded(widened(rounded(activated<ending>(gate))) * up);
  } else {
    const long long place = static_cast<long long>(row) * a.outputs + output;
    const auto put = [&a](long long at, float y) {
      if constexpr (ending == Ending::kAdd) y += widened(a.residual[at]);
      a.out[at] = rounded(activated<ending>(y));
    };
    put(place, low);
    if (has_high) put(place + distance, high);
  }
}

// What one thread does in a product. The warps of a block divide the inputs among themselves, and blocks take tiles of
// outputs in turn. Sums are float32, in one order.
template <Norm norm, Ending ending, int inputs, int warps, int row_tiles>
class Product {
 public:
  static constexpr int kRows = row_tiles * kTileRows;
  static constexpr int kStride = kTile + 4;  // of a row of sums: lanes then write to different banks
  using Sums = float[warps][kRows][kStride];

  // `sums` is memory that the block shares.
  __device__ Product(const ProductArguments& a, Sums& sums)
      : a_(a),
        sums_(sums),
        warp_(threadIdx.x / 32),
        group_(threadIdx.x % 32 / 4),
        part_(threadIdx.x % 4),
        ring_(warp_, threadIdx.x % 32),
        asked_tile_(blockIdx.x) {}

  __device__ void run() {
    for (int step = 0; step < kStepsAhead; ++step) ask();
    let_next_start();
    wait_for_inputs();
#pragma unroll
    for (int step = 0; step < kRowSlots; ++step) read_rows(step, step);
    if constexpr (norm != Norm::kNone) normalise();
    for (int index = blockIdx.x; index < a_.tiles; index += gridDim.x) {
      multiply_tile();
      __syncthreads();
      store_tile(tile_at<ending>(a_, index));
      __syncthreads();
    }
  }

 private:
  static constexpr int kSteps = inputs / kTileInputs;
  static constexpr int kOwn = (kSteps + warps - 1) / warps;  // steps of a warp
  // The rows stay in registers when they fit, as they must to be normalised.
  static constexpr bool kHeld = norm != Norm::kNone || kOwn * row_tiles <= kMostHeld;
  static constexpr int kRowSlots = kHeld ? kOwn : largest_divisor(kOwn, kMostRowsAhead);

  __device__ int input_of(int step) const { return (warp_ * kOwn + step) * kTileInputs; }
  __device__ bool is_own(int step) const { return kSteps % warps == 0 || warp_ * kOwn + step < kSteps; }

  // Asks for the weights of the next step, of this tile or the next one.
  __device__ void ask() {
    if (asked_tile_ < a_.tiles && is_own(asked_step_)) {
      const Tile tile = tile_at<ending>(a_, asked_tile_);
      ring_.ask(a_.weight, tile, a_.outputs - 1, inputs, input_of(asked_step_));
    }
    ring_.end_of_step();
    if (++asked_step_ == kOwn) {
      asked_step_ = 0;
      asked_tile_ += gridDim.x;
    }
  }

  __device__ void read_rows(int slot, int step) {
#pragma unroll
    for (int n = 0; n < row_tiles; ++n) {
      const int row = n * kTileRows + group_;
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        if (is_own(step) && row < a_.rows) {
          rows_[n][slot][half] = read(a_.x + row * inputs + input_of(step) + place_in_step(half));
        } else {
          rows_[n][slot][half].bits = make_uint4(0, 0, 0, 0);
        }
      }
    }
  }

  // Where in a step the inputs lie that this thread multiplies in one half of it.
  __device__ int place_in_step(int half) const { return half * kTileInputs / 2 + part_ * 8; }

  // Sums value(n, x) over all inputs x of the row of this thread's group in each tile n of rows.
  template <typename Value>
  __device__ void sum_over_inputs(const Value& value, float (&result)[row_tiles]) {
#pragma unroll
    for (int n = 0; n < row_tiles; ++n) {
      float sum = 0.0f;
#pragma unroll
      for (int half = 0; half < 2 * kOwn; ++half) {
        float x[8];
        rows_[n][half / 2][half % 2].unpack(x);
        for (int i = 0; i < 8; ++i) sum += is_own(half / 2) ? value(n, x[i]) : 0.0f;
      }
      sum += __shfl_xor_sync(kAllLanes, sum, 1);
      sum += __shfl_xor_sync(kAllLanes, sum, 2);
      if (part_ == 0) sums_[warp_][n * kTileRows + group_][0] = sum;
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < row_tiles; ++n) {
      result[n] = 0.0f;
      for (int w = 0; w < warps; ++w) result[n] += sums_[w][n * kTileRows + group_][0];
    }
    __syncthreads();
  }

  __device__ void normalise() {
    float means[row_tiles] = {}, scales[row_tiles];
    if constexpr (norm == Norm::kLayer) {
      sum_over_inputs([](int, float x) { return x; }, means);
      for (int n = 0; n < row_tiles; ++n) means[n] /= inputs;
    }
    sum_over_inputs([&means](int n, float x) { return (x - means[n]) * (x - means[n]); }, scales);
    for (int n = 0; n < row_tiles; ++n) scales[n] = rsqrtf(scales[n] / inputs + a_.norm_eps);
#pragma unroll
    for (int half = 0; half < 2 * kOwn; ++half) {
      const int step = half / 2;
      if (!is_own(step)) continue;
      const int input = input_of(step) + place_in_step(half % 2);
      float factors[8], offsets[8];
      for (int i = 0; i < 8; ++i) factors[i] = 1.0f, offsets[i] = 0.0f;
      if (a_.norm_weight != nullptr) read(a_.norm_weight + input).unpack(factors);
      if (a_.norm_bias != nullptr) read(a_.norm_bias + input).unpack(offsets);
#pragma unroll
      for (int n = 0; n < row_tiles; ++n) {
        float x[8];
        rows_[n][step][half % 2].unpack(x);
        for (int i = 0; i < 8; ++i) x[i] = (x[i] - means[n]) * scales[n] * factors[i] + offsets[i];
        rows_[n][step][half % 2].pack(x);
      }
    }
  }

  // Writes what this warp's inputs add to the outputs of the earliest tile that has been asked for.
  __device__ void multiply_tile() {
    float own[row_tiles][4] = {};
#pragma unroll
    for (int step = 0; step < kOwn; ++step) {
      ring_.take();
      if (is_own(step)) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const Eight line = ring_.lines(half, 0), line_8 = ring_.lines(half, 1);
#pragma unroll
          for (int n = 0; n < row_tiles; ++n) multiply(own[n], line, line_8, rows_[n][step % kRowSlots][half]);
        }
      }
      ask();
      if (!kHeld) read_rows(step % kRowSlots, (step + kRowSlots) % kOwn);
    }
#pragma unroll
    for (int n = 0; n < row_tiles; ++n) {
      for (int i = 0; i < 4; ++i) sums_[warp_][n * kTileRows + 2 * part_ + i % 2][group_ + i / 2 * 8] = own[n][i];
    }
  }

  // Adds what the warps have written.
  __device__ void store_tile(const Tile& tile) const {
    for (int pair = threadIdx.x; pair < kRows * 8; pair += warps * 32) {
      const int row = pair / 8, place = pair % 8;
      if (row >= a_.rows || tile.first + place >= a_.outputs) continue;
      float low = 0.0f, high = 0.0f;
      for (int w = 0; w < warps; ++w) {
        low += sums_[w][row][place];
        high += sums_[w][row][place + 8];
      }
      store<ending>(a_, row, tile.first + place, tile.distance, low, high);
    }
  }

  const ProductArguments& a_;
  Sums& sums_;
  const int warp_, group_, part_;  // 4 lanes are a group, and each has a part of the inputs of its lines
  Ring ring_;
  int asked_tile_, asked_step_ = 0;
  Eight rows_[row_tiles][kRowSlots][2];  // of the halves of steps
};

}  // namespace

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

// y = norm(x) weight^T for up to 8 row_tiles rows. `inputs` is a multiple of kTileInputs. The block needs
// ring_bytes(warps) of shared memory.
template <Norm norm, Ending ending, int inputs, int warps, int row_tiles>
__global__ void __launch_bounds__(warps * 32, kMostWarps / warps) product(ProductArguments a) {
  using Work = Product<norm, ending, inputs, warps, row_tiles>;
  __shared__ typename Work::Sums sums;
  Work(a, sums).run();
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
  // Earlier steps have written all keys but the newest one, and they have ended.
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
