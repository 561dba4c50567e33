// Rows of a table by number: the embeddings of tokens and positions.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/embedding.h>

#include "model/precision.h"

namespace dppo {

// Returns the rows (N, E) of `table` at `ids` (N), in the type that the model computes in. The row `pad_id` gets no
// gradient from the lookup, as in transformers; -1 means that there is no such row.
inline at::Tensor embed(const at::Tensor& table, const at::Tensor& ids, std::int64_t pad_id = -1) {
  return to_compute_dtype(at::embedding(table, ids, pad_id));
}

}  // namespace dppo
