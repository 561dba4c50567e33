#include "model/attention.h"

#include <ATen/ATen.h>

namespace dppo {

at::Tensor token_positions(const at::Tensor& mask, std::int64_t new_tokens) {
  const at::Tensor counts = mask.to(at::kLong).cumsum(/*dim=*/1) * mask - 1;
  return counts.narrow(/*dim=*/1, mask.size(1) - new_tokens, new_tokens);
}

namespace {

bool pads_are_on_the_right(const at::Tensor& mask) {
  const std::int64_t width = mask.size(1);
  const at::Tensor bits = mask.to(at::kBool);
  // Looks for a real token after a pad.
  return !(bits.narrow(1, 1, width - 1) & ~bits.narrow(1, 0, width - 1)).any().item<bool>();
}

}  // namespace

at::Tensor attention_mask(const at::Tensor& mask, std::int64_t new_tokens, std::int64_t window) {
  const std::int64_t seen = mask.size(1);
  const bool windowed = window > 0 && window < seen;
  if (new_tokens == seen && !windowed && pads_are_on_the_right(mask)) return {};
  const auto options = mask.options().dtype(at::kBool);
  // Query t stands at column seen - new_tokens + t.
  at::Tensor causal = at::ones({new_tokens, seen}, options).tril(/*diagonal=*/seen - new_tokens);
  if (windowed) causal = causal.triu(/*diagonal=*/seen - new_tokens - window + 1);
  const at::Tensor allowed = causal.unsqueeze(0) & mask.to(at::kBool).unsqueeze(1);  // (B, T, S)
  return (allowed | ~allowed.any(/*dim=*/-1, /*keepdim=*/true)).unsqueeze(1);
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& allowed,
                  std::optional<double> scale) {
  const std::int64_t groups = q.size(1) / k.size(1);
  if (groups > 1 && q.size(2) == 1 && allowed.defined()) {
    // One token to decode: the heads of a group take the place of time, and the cache needs no copy a head.
    const at::Tensor grouped = q.reshape({q.size(0), k.size(1), groups, q.size(3)});
    const at::Tensor mixed = at::scaled_dot_product_attention(grouped, k, v, allowed, /*dropout_p=*/0.0,
                                                              /*is_causal=*/false, scale);  // (B, K, H / K, D)
    return mixed.reshape({q.size(0), 1, q.size(1) * q.size(3)});
  }
  const at::Tensor keys = groups == 1 ? k : k.repeat_interleave(groups, /*dim=*/1);
  const at::Tensor values = groups == 1 ? v : v.repeat_interleave(groups, /*dim=*/1);
  const bool causal = !allowed.defined();
  const at::Tensor mixed =
      at::scaled_dot_product_attention(q, keys, values, causal ? std::optional<at::Tensor>() : allowed,
                                       /*dropout_p=*/0.0, causal, scale);  // (B, H, T, D)
  return mixed.transpose(1, 2).flatten(/*start_dim=*/2);
}

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads, std::int64_t head_dim) {
  return x.view({x.size(0), x.size(1), heads, head_dim}).transpose(1, 2);
}

}  // namespace dppo
