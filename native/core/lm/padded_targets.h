// What passes read and predict, padded to a few shapes.
// Letters: B rows, N input tokens, M selected ones, n tokens that are to be predicted.
#pragma once

#include <ATen/core/Tensor.h>

#include <compare>
#include <cstdint>

#include "lm/predictions.h"
#include "model/padded_numbers.h"

namespace dppo {

// What is predicted and the widths of rows are rounded up to multiples of these: coarse enough that a few shapes serve
// all minibatches, and widths that the kernels of attention like.
inline constexpr std::int64_t kPredictedUnit = 128;
inline constexpr std::int64_t kWidthUnit = 64;

// Sizes of a pass, rounded up so that batches share them.
struct PassShape {
  std::int64_t rows = 0;            // B
  std::int64_t width = 0;           // tokens of the longest input
  std::int64_t tokens = 0;          // N
  std::int64_t selected_width = 0;  // selected tokens of the longest row; 0 when all are selected
  std::int64_t selected = 0;   // M, less than N, because a model tells its queries apart by their number; 0 likewise
  std::int64_t predicted = 0;  // n
  auto operator<=>(const PassShape&) const = default;
};

// Returns the sizes that the rows need.
PassShape shape_of(const TargetRows& rows);

// Targets with pads up to the sizes of a shape.
class PaddedTargets {
 public:
  PaddedTargets(const PassShape& shape, c10::Device device);
  // Takes rows that fit the shape.
  void fill(const TargetRows& rows);
  const Targets& targets() const { return targets_; }

 private:
  PassShape shape_;
  PaddedMemory memory_;  // of the targets' tensors
  Targets targets_;
};

}  // namespace dppo
