// The kernels of a decoding step (product.cu, attention.cu), compiled for the sizes of a model.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <optional>

#include "gpu/decode_arguments.h"

namespace dppo::gpu {

struct DecodeSizes {
  Norm norm = Norm::kRms;  // of the layers and of the last hidden state
  Epilogue activation = Epilogue::kGated;
  int rows = 0;  // the most that the kernels compute at once
  int hidden = 0;
  int attended = 0;  // of the output of attention: all query heads together
  int ffn = 0;
  int head_dim = 0;

  auto operator<=>(const DecodeSizes&) const = default;
};

// How the kernels of some sizes divide their work.
struct DecodePlan {
  int row_tiles = 0;  // of kTileRows rows
  // Warps of a block, by the width of what a product reads.
  int hidden_warps = 0;
  int attended_warps = 0;
  int ffn_warps = 0;
};

// Returns the plan for a GPU on which a block can have `shared_bytes` of shared memory; nothing if the kernels do not
// suit the sizes there.
std::optional<DecodePlan> plan_decoding(const DecodeSizes& sizes, int shared_bytes);

class DecodeKernels {
 public:
  // Returns kernels for models in bfloat16 of these sizes, which may take more rows; null if the device does
  // not run our kernels or the sizes do not suit them. They are compiled once in a process, which takes a second or
  // two.
  static std::shared_ptr<const DecodeKernels> get(c10::Device device, const DecodeSizes& sizes);

  // Each starts a kernel on the current stream. The member `tiles` of arguments is filled in here.
  // embed() starts a step: it waits for everything before it, so that the others may read positions and cached keys
  // before they wait.
  void embed(const EmbedArguments& arguments) const;
  void qkv(const ProductArguments& arguments) const;       // norm, kHeads
  void attend(const AttentionArguments& arguments) const;  // attention
  void out(const ProductArguments& arguments) const;       // kAdd, from the output of attention
  void up(const ProductArguments& arguments) const;        // norm, the activation
  void down(const ProductArguments& arguments) const;      // kAdd, from the feed-forward layer
  void head(const ProductArguments& arguments) const;      // norm, kStore

  ~DecodeKernels();
  DecodeKernels(const DecodeKernels&) = delete;
  DecodeKernels& operator=(const DecodeKernels&) = delete;

 private:
  struct Compiled;
  DecodeKernels(c10::Device device, const DecodeSizes& sizes, const DecodePlan& plan);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace dppo::gpu
