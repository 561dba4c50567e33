// Limits of the tensors that a weight file may hold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace dppo {

// Tensors of one file. The largest network that a configuration can describe has a fifth of this.
inline constexpr std::size_t kMaxTensors = 100'000;

// Dimensions of a tensor. Those of language models have two.
inline constexpr std::size_t kMaxDimensions = 8;

// Returns how many elements a tensor of this shape would have if no size were zero: libtorch multiplies sizes like that
// for its strides. Returns nothing when the product is not below 2^56, so that no product with a number's size
// overflows.
inline std::optional<std::int64_t> span_of_shape(std::span<const std::int64_t> shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (__builtin_mul_overflow(elements, size > 0 ? size : 1, &elements) || elements >= 1LL << 56) return std::nullopt;
  }
  return elements;
}

}  // namespace dppo
