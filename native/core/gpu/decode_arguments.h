// The arguments of the kernels in product.cu and attention.cu, for the host and for the GPU: no other headers may be
// included here. Letters: R rows, one new token each, in the order of the cache's slots; H query heads, K key/value
// heads, D head size.
#pragma once

namespace dppo::gpu {

constexpr int kTile = 16;        // outputs that a block computes at once: the height of a product of matrix units
constexpr int kTileRows = 8;     // rows of such a product
constexpr int kTileInputs = 64;  // inputs of four such products, which are one step of a warp
constexpr int kStepsAhead = 4;   // steps whose weights are on their way to a warp
constexpr int kMostWarps = 16;   // of a multiprocessor: in one block or several

constexpr int kSumStride = kTile + 4;  // numbers of a row of sums: lanes then write to different banks

// Returns the bytes of the weights on their way to the warps of a block: those of the steps ahead, and of one more, so
// that none overwrites the one that was taken last.
constexpr int ring_bytes(int warps) { return warps * (kStepsAhead + 1) * kTile * kTileInputs * 2; }

// Returns the bytes of the sums of the warps of a block.
constexpr int sum_bytes(int warps, int row_tiles) { return warps * row_tiles * kTileRows * kSumStride * 4; }

using Bfloat16 = unsigned short;  // its bits

// What a product reads in place of its input x: x itself, or x normalised (RMSNorm of Zhang & Sennrich 2019, layer
// normalisation of Ba et al. 2016).
enum class Norm { kNone, kRms, kLayer };

// The epilogue of a product: what happens to its outputs before they are stored.
enum class Epilogue {
  kStore,  // out = y
  kAdd,    // out = residual + y
  kHeads,  // y is queries, keys and values: rotated if there are frequencies, then to out and into the cache
  kRelu,   // out = relu(y), and so on with the names of transformers' activations
  kGelu,
  kGeluNew,
  kSilu,
  kTanh,
  kGated,  // y is gate and up: out = silu(gate) up
};

struct EmbedArguments {
  const long long* ids = nullptr;       // (R)
  const long long* places = nullptr;    // (R), positions
  const Bfloat16* tokens = nullptr;     // (V, width)
  const Bfloat16* positions = nullptr;  // (most positions, width), or null
  Bfloat16* out = nullptr;              // (R, width)
  int rows = 0;
  int width = 0;
  int first_position = 0;  // the row of `positions` for position 0
};

// y (R, outputs) = norm(x) weight^T + bias.
struct ProductArguments {
  const Bfloat16* x = nullptr;            // (R, inputs)
  const Bfloat16* weight = nullptr;       // (outputs, inputs)
  const Bfloat16* bias = nullptr;         // (outputs), or null
  const Bfloat16* norm_weight = nullptr;  // (inputs), or null
  const Bfloat16* norm_bias = nullptr;    // (inputs), or null
  const Bfloat16* residual = nullptr;     // (R, outputs); may be `out`
  Bfloat16* out = nullptr;                // (R, outputs); of kGated, half as wide; of kHeads, (R, H * D)
  float norm_eps = 0;
  int rows = 0;
  int outputs = 0;
  int tiles = 0;  // of 16 outputs
  // Of kHeads.
  const float* frequencies = nullptr;    // (D / 2), or null
  const long long* positions = nullptr;  // (R)
  Bfloat16* keys = nullptr;              // (R, K, capacity, D)
  Bfloat16* values = nullptr;            // (R, K, capacity, D)
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int capacity = 0;
};

// The attention of each query to the keys of its row up to its position.
struct AttentionArguments {
  const Bfloat16* q = nullptr;  // (R, H, D)
  const Bfloat16* keys = nullptr;
  const Bfloat16* values = nullptr;
  const long long* positions = nullptr;  // (R)
  Bfloat16* out = nullptr;               // (R, H * D)
  int rows = 0;
  int heads = 0;
  int kv_heads = 0;
  int capacity = 0;
  int window = 0;  // a query sees this many last keys; 0: all
  float scale = 0;
};

}  // namespace dppo::gpu
