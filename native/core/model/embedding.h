// Rows of a table by number: the embeddings of tokens and positions.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/embedding.h>

#include <optional>

#include "base/modes.h"
#include "model/precision.h"
#include "model/tied_embedding.h"

namespace dppo {

// Returns the rows (N, E) of `table` at `ids` (N), in the type that the model computes in. The row `pad_id` gets no
// gradient from the lookup, as in transformers; -1 means that there is no such row.
inline at::Tensor embed(const at::Tensor& table, const at::Tensor& ids, std::int64_t pad_id = -1) {
  return to_compute_dtype(at::embedding(table, ids, pad_id));
}

struct TokenTable {
  std::optional<std::int64_t> pad_id{};  // the row that gets no gradient from the lookup
  bool tied = false;                     // whether the head has the same weight
};

// Returns the embeddings (N, E) of the token ids (N). In a pass with gradients of a tied float32 model on the CPU,
// `head`, unless it is null, receives what the logits must be computed with.
inline at::Tensor embed_tokens(const at::Tensor& weight, const at::Tensor& ids, const TokenTable& table,
                               TiedHead* head) {
  const std::int64_t pad_id = table.pad_id.value_or(-1);
  if (head == nullptr || !table.tied || !records_float32_on_cpu({weight})) return embed(weight, ids, pad_id);
  TiedEmbedding embedding = embed_tied(weight, ids, pad_id);
  *head = std::move(embedding.head);
  return std::move(embedding.rows);
}

}  // namespace dppo
