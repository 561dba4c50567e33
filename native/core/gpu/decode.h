// The kernels of decode.cu, compiled for the sizes of a model.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "gpu/decode_arguments.h"

namespace dppo::gpu {

struct DecodeSizes {
  Norm norm = Norm::kRms;  // of the layers and of the last hidden state
  Ending activation = Ending::kGated;
  int rows = 0;  // the most that the kernels compute at once
  int hidden = 0;
  int mixed = 0;  // width of the heads together
  int ffn = 0;
  int head_dim = 0;

  auto operator<=>(const DecodeSizes&) const = default;
};

class DecodeKernels {
 public:
  // Returns kernels for models in bfloat16 of these sizes, which may take more rows; null if there are none, because
  // the device is no GPU of compute capability 8.0 or later, the build cannot compile kernels, or the sizes do not suit
  // them. They are compiled once in a process, which takes a second or two.
  static std::shared_ptr<const DecodeKernels> get(c10::Device device, const DecodeSizes& sizes);

  // Each starts a kernel on the current stream. The member `tiles` of arguments is filled in here.
  void embed(const EmbedArguments& arguments) const;
  void heads(const ProductArguments& arguments) const;      // norm, kHeads
  void attend(const AttentionArguments& arguments) const;   // attention
  void add_mixed(const ProductArguments& arguments) const;  // kAdd, from mixed heads
  void up(const ProductArguments& arguments) const;         // norm, the activation
  void add_down(const ProductArguments& arguments) const;   // kAdd, from the feed-forward layer
  void store(const ProductArguments& arguments) const;      // norm, kStore

  ~DecodeKernels();
  DecodeKernels(const DecodeKernels&) = delete;
  DecodeKernels& operator=(const DecodeKernels&) = delete;

 private:
  struct Compiled;
  DecodeKernels(c10::Device device, const DecodeSizes& sizes);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace dppo::gpu
