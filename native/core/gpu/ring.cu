// Weights on their way to a warp. Behind decode_arguments.h, device.cu and bfloat16.cu.

namespace dppo::gpu {

namespace {

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

}  // namespace

}  // namespace dppo::gpu
