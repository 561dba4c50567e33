// Sizes of tensors that have not been made yet.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace dppo {

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
