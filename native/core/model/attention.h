// What both families share around attention: positions, masks and the product itself.
// Letters: B batch, T new tokens, S cached plus new tokens, H query heads, K key/value heads, D head size.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// Position of each of the last T columns, (B, T) int64: real tokens counted from 0, pads -1 or the last count.
at::Tensor token_positions(const at::Tensor& mask, std::int64_t new_tokens);

// Which keys each new token may see, (B, 1, T, S) bool; undefined when plain causality says all of it, which has a
// faster kernel: without a cache, and with no padding but on the right, where no real token sees it. A column that may
// see nothing sees everything: nobody reads it, and a softmax over nothing would be NaN.
at::Tensor attention_mask(const at::Tensor& mask, std::int64_t new_tokens);

// softmax(q k^T / sqrt(D)) v; q (B, H, T, D), k and v (B, K, S, D) with H a multiple of K. Returns (B, T, H * D).
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& allowed);

// (B, T, heads * D) to (B, heads, T, D).
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads, std::int64_t head_dim);

}  // namespace dppo
