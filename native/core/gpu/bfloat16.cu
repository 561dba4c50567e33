// Numbers in bfloat16, alone and as they lie in memory.

namespace dppo::gpu {

namespace {

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

}  // namespace

}  // namespace dppo::gpu
