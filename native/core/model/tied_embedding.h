// The token embedding of a model whose head has the same weight, in a pass with gradients on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dppo {

struct TiedEmbedding {
  at::Tensor rows;    // (N, E), the embeddings of the ids
  at::Tensor weight;  // (V, E), the weight for the head of the same pass
};

// Looks up the rows of `weight` (V, E), a float32 parameter, at `ids` (N). The row `pad_id` gets no gradient from the
// lookup; -1 means that there is no such row.
//
// Autograd would add two gradients of the whole weight, of which that of the lookup is almost all zeros. Here the rows
// of the lookup are added to the gradient that the head gives to its weight, in place, so that there is only one.
TiedEmbedding embed_tied(const at::Tensor& weight, const at::Tensor& ids, std::int64_t pad_id);

}  // namespace dppo
