// Attention as all model families use it: positions, masks and the product itself.
// Letters: B batch, T new tokens, S cached plus new tokens, H query heads, K key/value heads, D head size.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace dppo {

// Returns the position of each of the last T columns, (B, T) int64. Real tokens count from 0; the position of a pad is
// that of the real token before it, or -1.
at::Tensor token_positions(const at::Tensor& mask, std::int64_t new_tokens);

// Returns which keys each new token may see, (B, 1, T, S) bool. The result is undefined when plain causal attention
// gives the same numbers, because that has a faster kernel: without a cache and with padding on the right only, where
// no real token sees it. A column that may see no key sees all of them: its output is not used, and a softmax over no
// key would be NaN. With a `window` above 0, a token sees its own key and those of the window - 1 columns before it.
at::Tensor attention_mask(const at::Tensor& mask, std::int64_t new_tokens, std::int64_t window = 0);

// Returns softmax(scale q k^T) v (Vaswani et al. 2017); the scale is 1 / sqrt(D) if none is given. q is (B, H, T, D),
// k and v (B, K, S, D) with H a multiple of K. Returns (B, T, H * D).
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& allowed,
                  std::optional<double> scale = std::nullopt);

// Reshapes (B, T, heads * D) to (B, heads, T, D).
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads, std::int64_t head_dim);

}  // namespace dppo
