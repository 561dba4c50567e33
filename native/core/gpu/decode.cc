#include "gpu/decode.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gpu/program.h"

namespace dppo::gpu {

namespace {

// The text that NVRTC compiles.
constexpr const char* kArguments =
#include "gpu/decode_arguments.inc"
    ;
constexpr const char* kKernels =
#include "gpu/decode.inc"
    ;

constexpr int kMostRowTiles = 4;
constexpr int kAttentionThreads = 256;

enum Kernel : std::size_t { kEmbed, kHeads, kAttend, kAddMixed, kUp, kAddDown, kStore };

int divided_up(int n, int divisor) { return (n + divisor - 1) / divisor; }

int row_tiles(const DecodeSizes& sizes) { return divided_up(sizes.rows, kTileRows); }

// Eight warps divide the inputs among themselves, so that two blocks run on a multiprocessor; sixteen, when the rows
// would not fit into the registers of eight. Fewer do when they have as many steps each.
int warps_for(const DecodeSizes& sizes, int inputs) {
  const int steps = inputs / kTileInputs;
  const int most = steps * row_tiles(sizes) <= 2 * kMostWarps ? kMostWarps / 2 : kMostWarps;
  return divided_up(steps, divided_up(steps, most));
}

bool are_suitable(const DecodeSizes& sizes) {
  const auto is_multiple = [](int n, int divisor) { return n > 0 && n % divisor == 0; };
  const bool tiles = is_multiple(sizes.hidden, kTileInputs) && is_multiple(sizes.mixed, kTileInputs) &&
                     is_multiple(sizes.ffn, kTileInputs);
  // A block keeps the rows that it normalises in registers.
  const bool held = divided_up(sizes.hidden / kTileInputs, kMostWarps) * row_tiles(sizes) <= 8;
  // A power of two of lanes works on a key.
  const bool heads = sizes.head_dim >= kTile && sizes.head_dim <= 256 && (sizes.head_dim & (sizes.head_dim - 1)) == 0;
  return sizes.rows > 0 && row_tiles(sizes) <= kMostRowTiles && tiles && held && heads;
}

std::string cast(const char* type, int value) {
  return "dppo::gpu::" + std::string(type) + "(" + std::to_string(value) + ")";
}

std::string product(const DecodeSizes& sizes, Norm norm, Ending ending, int inputs) {
  return "dppo::gpu::product<" + cast("Norm", static_cast<int>(norm)) + ", " +
         cast("Ending", static_cast<int>(ending)) + ", " + std::to_string(inputs) + ", " +
         std::to_string(warps_for(sizes, inputs)) + ", " + std::to_string(row_tiles(sizes)) + ">";
}

// In the order of Kernel.
std::vector<std::string> kernels_for(const DecodeSizes& sizes) {
  return {"dppo::gpu::embed",
          product(sizes, sizes.norm, Ending::kHeads, sizes.hidden),
          "dppo::gpu::attention<" + std::to_string(sizes.head_dim) + ", " + std::to_string(kAttentionThreads) + ">",
          product(sizes, Norm::kNone, Ending::kAdd, sizes.mixed),
          product(sizes, sizes.norm, sizes.activation, sizes.hidden),
          product(sizes, Norm::kNone, Ending::kAdd, sizes.ffn),
          product(sizes, sizes.norm, Ending::kStore, sizes.hidden)};
}

}  // namespace

struct DecodeKernels::Compiled {
  DecodeSizes sizes;
  Program program;
  int processors;
  bool early;  // the device can start a kernel before the one in front has ended

  Compiled(c10::Device device, const DecodeSizes& sizes_)
      : sizes(sizes_),
        program(device, std::string(kArguments) + kKernels, kernels_for(sizes_)),
        processors(multiprocessors(device)),
        early(compute_capability(device) >= 90) {}

  void product(Kernel kernel, ProductArguments arguments, int inputs) const {
    const int warps = warps_for(sizes, inputs);
    arguments.tiles = divided_up(arguments.outputs, kTile);
    // Blocks that run at once, each with the same number of tiles.
    const int turns = divided_up(arguments.tiles, kMostWarps / warps * processors);
    program.start(kernel,
                  {.blocks = static_cast<unsigned>(divided_up(arguments.tiles, turns)),
                   .threads = 32U * static_cast<unsigned>(warps),
                   .shared_bytes = ring_bytes(warps),
                   .early = early},
                  arguments);
  }
};

DecodeKernels::DecodeKernels(c10::Device device, const DecodeSizes& sizes)
    : compiled_(std::make_unique<Compiled>(device, sizes)) {}

DecodeKernels::~DecodeKernels() = default;

std::shared_ptr<const DecodeKernels> DecodeKernels::get(c10::Device device, const DecodeSizes& sizes) {
  if (!device.is_cuda() || !has_programs() || compute_capability(device) < 80 || !are_suitable(sizes)) return nullptr;
  DecodeSizes compiled_for = sizes;
  compiled_for.rows = row_tiles(sizes) * kTileRows;
  static std::mutex mutex;
  // Lives to the end of the process, because models may.
  static auto& made = *new std::map<std::pair<int, DecodeSizes>, std::shared_ptr<const DecodeKernels>>;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const DecodeKernels>& kernels = made[{device.index(), compiled_for}];
  if (kernels == nullptr) kernels.reset(new DecodeKernels(device, compiled_for));
  return kernels;
}

void DecodeKernels::embed(const EmbedArguments& arguments) const {
  compiled_->program.start(kEmbed, {.blocks = static_cast<unsigned>(arguments.rows), .threads = 256}, arguments);
}

void DecodeKernels::heads(const ProductArguments& arguments) const {
  compiled_->product(kHeads, arguments, compiled_->sizes.hidden);
}

void DecodeKernels::attend(const AttentionArguments& arguments) const {
  compiled_->program.start(kAttend,
                           {.blocks = static_cast<unsigned>(arguments.heads),
                            .blocks_y = static_cast<unsigned>(arguments.rows),
                            .threads = kAttentionThreads,
                            .early = compiled_->early},
                           arguments);
}

void DecodeKernels::add_mixed(const ProductArguments& arguments) const {
  compiled_->product(kAddMixed, arguments, compiled_->sizes.mixed);
}

void DecodeKernels::up(const ProductArguments& arguments) const {
  compiled_->product(kUp, arguments, compiled_->sizes.hidden);
}

void DecodeKernels::add_down(const ProductArguments& arguments) const {
  compiled_->product(kAddDown, arguments, compiled_->sizes.ffn);
}

void DecodeKernels::store(const ProductArguments& arguments) const {
  compiled_->product(kStore, arguments, compiled_->sizes.hidden);
}

}  // namespace dppo::gpu
