// Hidden states as the heads of attention. Letters as in attention.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/config.h"
#include "model/joint_linear.h"
#include "model/packed_rows.h"

namespace dppo {

// Reshapes (N, heads * D) to (N, heads, D).
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads, std::int64_t head_dim);

// Queries (N, H, D), or (M, H, D) for the selected tokens alone, keys (N, K, D) and values (N, K, D).
struct Heads {
  at::Tensor q, k, v;
  at::Tensor qk;  // (N, H + K, D), the memory of q and k together; undefined when they are apart
};

// Returns the heads of hidden states (N, hidden) under the maps of queries, keys and values; with `selected_only`, the
// queries of the selected tokens alone.
Heads project_heads(const JointLinear& qkv, const at::Tensor& x, const PackedRows& rows, bool selected_only,
                    const ModelConfig& config);

}  // namespace dppo
