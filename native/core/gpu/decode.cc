#include "gpu/decode.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gpu/program.h"

namespace dppo::gpu {

namespace {

// The text that NVRTC compiles.
constexpr const char* kDecodeTexts[] = {
#include "gpu/decode_arguments.inc"
    ,
#include "gpu/device.inc"
    ,
#include "gpu/bfloat16.inc"
    ,
#include "gpu/ring.inc"
    ,
#include "gpu/epilogues.inc"
    ,
#include "gpu/product.inc"
    ,
#include "gpu/attention.inc"
};

constexpr int kMostRowTiles = 4;
constexpr int kMostHeldRows = 8;  // steps of a warp times tiles of rows
constexpr int kAttentionThreads = 256;

enum Kernel : std::size_t { kEmbed, kQkv, kAttend, kOut, kUp, kDown, kHead };

int divided_up(int n, int divisor) { return (n + divisor - 1) / divisor; }

// Eight warps divide the inputs among themselves, so that two blocks run on a multiprocessor; sixteen, when the rows
// would not fit into the registers of eight. Fewer do when they have as many steps each, or when a block has no memory
// for more.
int warps_for(int inputs, int row_tiles, int shared_bytes) {
  const int steps = inputs / kTileInputs;
  const int wanted = steps * row_tiles <= 2 * kMostWarps ? kMostWarps / 2 : kMostWarps;
  const int most = std::min(wanted, shared_bytes / (ring_bytes(1) + sum_bytes(1, row_tiles)));
  return most < 1 ? 0 : divided_up(steps, divided_up(steps, most));
}

std::string cast(const char* type, int value) {
  return "dppo::gpu::" + std::string(type) + "(" + std::to_string(value) + ")";
}

std::string name_of_product(const DecodePlan& plan, Norm norm, Epilogue epilogue, int inputs, int warps) {
  return "dppo::gpu::product<" + cast("Norm", static_cast<int>(norm)) + ", " +
         cast("Epilogue", static_cast<int>(epilogue)) + ", " + std::to_string(inputs) + ", " + std::to_string(warps) +
         ", " + std::to_string(plan.row_tiles) + ">";
}

// In the order of Kernel.
std::vector<std::string> kernels_for(const DecodeSizes& sizes, const DecodePlan& plan) {
  return {"dppo::gpu::embed",
          name_of_product(plan, sizes.norm, Epilogue::kHeads, sizes.hidden, plan.hidden_warps),
          "dppo::gpu::attention<" + std::to_string(sizes.head_dim) + ", " + std::to_string(kAttentionThreads) + ">",
          name_of_product(plan, Norm::kNone, Epilogue::kAdd, sizes.attended, plan.attended_warps),
          name_of_product(plan, sizes.norm, sizes.activation, sizes.hidden, plan.hidden_warps),
          name_of_product(plan, Norm::kNone, Epilogue::kAdd, sizes.ffn, plan.ffn_warps),
          name_of_product(plan, sizes.norm, Epilogue::kStore, sizes.hidden, plan.hidden_warps)};
}

}  // namespace

std::optional<DecodePlan> plan_decoding(const DecodeSizes& sizes, int shared_bytes) {
  const auto is_multiple = [](int n, int divisor) { return n > 0 && n % divisor == 0; };
  const bool tiles = is_multiple(sizes.hidden, kTileInputs) && is_multiple(sizes.attended, kTileInputs) &&
                     is_multiple(sizes.ffn, kTileInputs);
  // A power of two of lanes works on a key.
  const bool heads = sizes.head_dim >= kTile && sizes.head_dim <= 256 && (sizes.head_dim & (sizes.head_dim - 1)) == 0;
  const int row_tiles = divided_up(sizes.rows, kTileRows);
  if (!tiles || !heads || row_tiles < 1 || row_tiles > kMostRowTiles) return std::nullopt;
  const auto warps = [&](int inputs) { return warps_for(inputs, row_tiles, shared_bytes); };
  const DecodePlan plan{row_tiles, warps(sizes.hidden), warps(sizes.attended), warps(sizes.ffn)};
  if (plan.hidden_warps == 0) return std::nullopt;
  // A block keeps the rows that it normalises in registers.
  const int held = divided_up(sizes.hidden / kTileInputs, plan.hidden_warps) * row_tiles;
  return held <= kMostHeldRows ? std::optional(plan) : std::nullopt;
}

struct DecodeKernels::Compiled {
  DecodeSizes sizes;
  DecodePlan plan;
  Program program;
  int processors;
  bool early;  // the device can start a kernel before the one in front has ended

  Compiled(c10::Device device, const DecodeSizes& sizes_, const DecodePlan& plan_)
      : sizes(sizes_),
        plan(plan_),
        program(device, joined(kDecodeTexts), kernels_for(sizes_, plan_)),
        processors(multiprocessors(device)),
        early(starts_early(device)) {
    for (const auto& [kernel, warps] : {std::pair{kQkv, plan.hidden_warps},
                                        {kOut, plan.attended_warps},
                                        {kUp, plan.hidden_warps},
                                        {kDown, plan.ffn_warps},
                                        {kHead, plan.hidden_warps}}) {
      program.allow_shared_bytes(kernel, ring_bytes(warps));
    }
  }

  void start_product(Kernel kernel, ProductArguments arguments, int warps) const {
    arguments.tiles = divided_up(arguments.outputs, kTile);
    // Blocks that run at once, each with the same number of tiles.
    const int turns = divided_up(arguments.tiles, kMostWarps / warps * processors);
    program.start(kernel,
                  {.blocks = static_cast<unsigned>(divided_up(arguments.tiles, turns)),
                   .threads = 32U * static_cast<unsigned>(warps),
                   .shared_bytes = static_cast<unsigned>(ring_bytes(warps)),
                   .early = early},
                  arguments);
  }
};

DecodeKernels::DecodeKernels(c10::Device device, const DecodeSizes& sizes, const DecodePlan& plan)
    : compiled_(std::make_unique<Compiled>(device, sizes, plan)) {}

DecodeKernels::~DecodeKernels() = default;

std::shared_ptr<const DecodeKernels> DecodeKernels::get(c10::Device device, const DecodeSizes& sizes) {
  if (!runs_programs(device)) return nullptr;
  const std::optional<DecodePlan> plan = plan_decoding(sizes, most_shared_bytes(device));
  if (!plan) return nullptr;
  DecodeSizes most = sizes;
  most.rows = plan->row_tiles * kTileRows;
  static auto& made = *new MadeOnce<std::pair<int, DecodeSizes>, DecodeKernels>;
  return made.get({device.index(), most},
                  [&] { return std::shared_ptr<const DecodeKernels>(new DecodeKernels(device, most, *plan)); });
}

void DecodeKernels::embed(const EmbedArguments& arguments) const {
  compiled_->program.start(kEmbed, {.blocks = static_cast<unsigned>(arguments.rows), .threads = 256}, arguments);
}

void DecodeKernels::qkv(const ProductArguments& arguments) const {
  compiled_->start_product(kQkv, arguments, compiled_->plan.hidden_warps);
}

void DecodeKernels::attend(const AttentionArguments& arguments) const {
  compiled_->program.start(kAttend,
                           {.blocks = static_cast<unsigned>(arguments.heads),
                            .blocks_y = static_cast<unsigned>(arguments.rows),
                            .threads = kAttentionThreads,
                            .early = compiled_->early},
                           arguments);
}

void DecodeKernels::out(const ProductArguments& arguments) const {
  compiled_->start_product(kOut, arguments, compiled_->plan.attended_warps);
}

void DecodeKernels::up(const ProductArguments& arguments) const {
  compiled_->start_product(kUp, arguments, compiled_->plan.hidden_warps);
}

void DecodeKernels::down(const ProductArguments& arguments) const {
  compiled_->start_product(kDown, arguments, compiled_->plan.ffn_warps);
}

void DecodeKernels::head(const ProductArguments& arguments) const {
  compiled_->start_product(kHead, arguments, compiled_->plan.hidden_warps);
}

}  // namespace dppo::gpu
