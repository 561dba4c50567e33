// The product of a few rows and a weight, which is what takes time in a decoding step. Each kernel reads the weights
// once for all rows, and starts to read before the kernel in front of it has ended. Behind epilogues.cu.

namespace dppo::gpu {

namespace {

constexpr int kMostHeld = 4;       // steps of which a thread keeps the rows
constexpr int kMostRowsAhead = 2;  // steps whose rows a thread has asked for when it does not keep them

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

// Returns the largest divisor of n that is at most `most`.
__device__ constexpr int largest_divisor(int n, int most) {
  int divisor = most;
  while (n % divisor != 0) --divisor;
  return divisor;
}

// What one thread does in a product. The warps of a block divide the inputs among themselves, and blocks take tiles of
// outputs in turn. Sums are float32, in one order.
template <Norm norm, Epilogue epilogue, int inputs, int warps, int row_tiles>
class Product {
 public:
  static constexpr int kRows = row_tiles * kTileRows;
  using Sums = float[warps][kRows][kSumStride];

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
      store_tile(tile_at<epilogue>(a_, index));
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
      const Tile tile = tile_at<epilogue>(a_, asked_tile_);
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
      store<epilogue>(a_, row, tile.first + place, tile.distance, low, high);
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

// y = norm(x) weight^T for up to 8 row_tiles rows. `inputs` is a multiple of kTileInputs. The block needs
// ring_bytes(warps) of shared memory.
template <Norm norm, Epilogue epilogue, int inputs, int warps, int row_tiles>
__global__ void __launch_bounds__(warps * 32, kMostWarps / warps) product(ProductArguments a) {
  using Work = Product<norm, epilogue, inputs, warps, row_tiles>;
  __shared__ typename Work::Sums sums;
  Work(a, sums).run();
}

}  // namespace dppo::gpu
