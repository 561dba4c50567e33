// Causal attention in training passes on a CPU, row by row.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace dppo {

// Which tokens see each other. Letters: B rows, N tokens of all rows, M those with queries.
struct CausalRows {
  std::vector<std::int64_t> lengths;  // B, tokens of each row
  std::vector<std::int64_t> tails;    // B, how many last tokens of each row have a query: 1 to its length
  std::int64_t window = 0;            // how many last tokens a token sees, itself included; 0: all
};

// Returns which of `keys` tokens the last `queries` ones see, (queries, keys) bool. Undefined if no mask is needed: as
// many queries as keys and plain causal attention, or one query that sees all keys.
at::Tensor causal_mask(std::int64_t queries, std::int64_t keys, std::int64_t window);

// Returns softmax(scale q k^T) v, (M, H * D), with gradients. q is (M, H, D), k and v are (N, H, D), float32. Throws
// Error(kShape) for a row without tokens or queries, and Error(kAborted).
//
// Results and gradients are those of at::scaled_dot_product_attention for each row. Autograd would keep the output of
// that twice: for the gradient of the attention, and joined with the other rows for that of the next layer. Here both
// are one tensor.
at::Tensor attend_rows(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CausalRows& rows,
                       double scale);

}  // namespace dppo
