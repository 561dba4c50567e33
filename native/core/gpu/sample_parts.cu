// What the sampling kernel is made of: logits and their keys, the blocks of a row, and what they find together. Behind
// sample_arguments.h and device.cu.

namespace dppo::gpu {

namespace {

constexpr int kItems = 8;      // neighbouring logits that a thread reads at once
constexpr int kDigitBits = 8;  // of the digits by which the k-th largest key is found
constexpr int kDigits = 32 / kDigitBits;
constexpr int kBins = 1 << kDigitBits;

// What the sum of all weights stays below, so that it fits into 64 bits.
constexpr double kMostWeight = 4611686018427387904.0;  // 2^62

template <LogitType type>
struct Logit;

template <>
struct Logit<LogitType::kFloat32> {
  float bits;
  __device__ float widened() const { return bits; }
};

template <>
struct Logit<LogitType::kBfloat16> {
  unsigned short bits;
  __device__ float widened() const { return __uint_as_float(static_cast<unsigned>(bits) << 16); }
};

template <>
struct Logit<LogitType::kFloat16> {
  unsigned short bits;
  __device__ float widened() const {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(bits));
    return result;
  }
};

// A key is an integer for a logit, and larger for a larger one. Zeros of both signs have the same key. As at::max and
// at::topk have it, a NaN is the largest. No logit has the key 0.
constexpr unsigned kNoKey = 0;
constexpr unsigned kKeyOfMinusInfinity = 0x007fffffu;
constexpr unsigned kKeyOfInfinity = 0xff800000u;
constexpr unsigned kKeyOfNan = 0xffffffffu;

__device__ unsigned key_of(float logit) {
  if (logit != logit) return kKeyOfNan;
  const unsigned bits = __float_as_uint(logit == 0.0f ? 0.0f : logit);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ float logit_of(unsigned key) { return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key); }

// Returns e^(logit - largest logit). A call for each is as fast, and many copies of its body take the compiler seconds.
__device__ __noinline__ double power_of(unsigned key, double largest) {
  return exp(static_cast<double>(logit_of(key)) - largest);
}

__device__ bool is_finite(unsigned key) { return key > kKeyOfMinusInfinity && key < kKeyOfInfinity; }

// Waits for the threads of all blocks of a row, and makes what they wrote visible to each other.
template <int blocks>
__device__ void synchronize_row() {
  if constexpr (blocks == 1) {
    __syncthreads();
  } else {
    asm volatile("barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;" ::: "memory");
  }
}

// Returns where another block of the row has what this block has in its shared memory at `own`.
template <int blocks, typename T>
__device__ const T* in_block(const T* own, int block) {
  if constexpr (blocks == 1) {
    return own;
  } else {
    const T* other;
    asm("mapa.u64 %0, %1, %2;" : "=l"(other) : "l"(own), "r"(block));
    return other;
  }
}

__device__ unsigned long long warp_largest(unsigned long long x) {
  for (int other = 16; other > 0; other /= 2) x = max(x, __shfl_xor_sync(kAllLanes, x, other));
  return x;
}

// Logits of a row that count for a draw: the sum of the weights of those above a bound, and how many equal the bound.
struct Mass {
  unsigned long long above;
  int equals;

  __device__ Mass operator+(const Mass& other) const { return {above + other.above, equals + other.equals}; }
  __device__ Mass from_lane(int lane) const {
    return {__shfl_sync(kAllLanes, above, lane), __shfl_sync(kAllLanes, equals, lane)};
  }
  // Returns the sum of this and those of all lanes below.
  __device__ Mass with_lanes_below() const {
    Mass sum = *this;
    const int lane = threadIdx.x % 32;
    for (int distance = 1; distance < 32; distance *= 2) {
      const Mass other{__shfl_up_sync(kAllLanes, sum.above, distance), __shfl_up_sync(kAllLanes, sum.equals, distance)};
      if (lane >= distance) sum = sum + other;
    }
    return sum;
  }
};

// Which tokens may be drawn: those with keys above `key`, and those with this key except for the first `skipped`.
struct Bound {
  unsigned key;
  int skipped;
};

// The k-th largest key, and how many are larger or equal.
struct KthKey {
  unsigned key;
  int larger;
  int equals;
};

template <int warps>
struct Shared {
  alignas(16) int histograms[kDigits][kBins];  // of the digits of keys
  unsigned long long largest[warps];           // of each warp, as packed by Sampler::largest()
  Mass masses[warps];
  int candidate_count;
  unsigned candidates[kMostTopK];  // keys above the k-th largest in this block
  unsigned unsorted[kMostTopK];    // those of all blocks
  unsigned sorted[kMostTopK];      // the k likeliest tokens, the likeliest first
  double weights[kMostTopK];
  double sums[kMostTopK];
  // What the first warp tells the others.
  unsigned long long largest_of_all;
  KthKey digit;
  Bound bound;
};

}  // namespace

}  // namespace dppo::gpu
