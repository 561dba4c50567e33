// The token embedding of a model whose head has the same weight, in a pass with gradients on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace dppo {

// What the backward pass of the head leaves for that of the lookup.
struct HeadGradient {
  // The factors of the gradient: of the logits (M, V), and the hidden states (M, E) that the head read.
  at::Tensor of_logits, hidden;
  at::Tensor product;  // (V, E), the gradient itself, where it is smaller than its factors

  bool defined() const { return hidden.defined() || product.defined(); }
};

// The head of one pass, for one call of tied_logits and nothing else.
struct TiedHead {
  at::Tensor weight;  // (V, E); undefined if the head is not tied in this pass
  std::shared_ptr<HeadGradient> gradient{};
};

struct TiedEmbedding {
  at::Tensor rows;  // (N, E), the embeddings of the ids
  TiedHead head;
};

// Looks up the rows of `weight` (V, E), a float32 parameter, at `ids` (N). The row `pad_id` gets no gradient from the
// lookup; -1 means that there is no such row.
//
// Autograd would compute the head's gradient first and keep it during the whole backward pass, although that of the
// lookup, which it would add at the end, is almost all zeros. Here the lookup multiplies what the head has left, when
// the activations of all layers are free, and adds its own rows in place.
TiedEmbedding embed_tied(const at::Tensor& weight, const at::Tensor& ids, std::int64_t pad_id);

// Returns the logits (M, V) of hidden states (M, E), float32 on the CPU.
at::Tensor tied_logits(const at::Tensor& hidden, const TiedHead& head);

}  // namespace dppo
