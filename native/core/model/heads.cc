#include "model/heads.h"

#include <ATen/core/Tensor.h>

#include "model/mixed_linear.h"

namespace dppo {

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads, std::int64_t head_dim) {
  return x.reshape({x.size(0), heads, head_dim});
}

Heads project_heads(const JointLinear& qkv, const at::Tensor& x, const PackedRows& rows, bool selected_only,
                    const ModelConfig& config) {
  const std::int64_t heads = config.heads, kv_heads = config.kv_heads;
  const bool narrows = selected_only && rows.selected.defined();
  if (has_mixed_linear() && !narrows) {
    // A split has one operation for the gradients of all its parts.
    const at::Tensor all = split_heads(qkv(x), heads + 2 * kv_heads, config.head_dim);
    const auto parts = all.split_with_sizes({heads, kv_heads, kv_heads}, /*dim=*/1);
    return {parts[0], parts[1], parts[2], {}};
  }
  if (uses_inference_kernels() && !narrows) {
    const at::Tensor all = split_heads(qkv(x), heads + 2 * kv_heads, config.head_dim);
    return {all.narrow(1, 0, heads), all.narrow(1, heads, kv_heads), all.narrow(1, heads + kv_heads, kv_heads),
            all.narrow(1, 0, heads + kv_heads)};
  }
  Heads result;
  result.k = split_heads(qkv[1](x), kv_heads, config.head_dim);
  result.v = split_heads(qkv[2](x), kv_heads, config.head_dim);
  result.q = split_heads(qkv[0](narrows ? rows.select(x) : x), heads, config.head_dim);
  return result;
}

}  // namespace dppo
