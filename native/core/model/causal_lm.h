// A decoder-only language model: token ids in, last hidden states and logits out.
// Letters: N tokens of all rows, M tokens whose hidden states are selected, E width of the last hidden state, V
// vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/named_tensors.h"
#include "model/config.h"
#include "model/decode_weights.h"
#include "model/packed_rows.h"
#include "model/precision.h"
#include "model/tied_embedding.h"
#include "model/workspace.h"

namespace dppo {

class KvCache;

class CausalLM {
 public:
  virtual ~CausalLM() = default;

  virtual const ModelConfig& config() const = 0;

  // Returns the last hidden states (M, E) of the selected tokens, after the final norm and OPT's project_out. With a
  // cache, the rows come from pack_next_tokens, and their keys and values are added to the cache. `head`
  // receives what `logits` takes in the same pass; it is for passes with gradients, see tied_embedding.h.
  virtual at::Tensor hidden(const PackedRows& rows, KvCache* cache = nullptr, TiedHead* head = nullptr) const = 0;

  // Returns the logits (..., V) of hidden states (..., E), in compute_dtype(). Logits of config().unused_ids are so low
  // that their probability is exactly 0. `head` is what `hidden` gave in the same pass.
  at::Tensor logits(const at::Tensor& hidden, const TiedHead& head = {}) const {
    return without_unused(head.weight.defined() ? tied_logits(hidden, head) : lm_head()(hidden));
  }

  // Makes the logits (..., V) of config().unused_ids that low, in place.
  at::Tensor without_unused(at::Tensor logits) const;

  // Returns what DecodeStep computes with; nothing for a variant that it does not know.
  virtual std::optional<DecodeWeights> decode_weights() const { return std::nullopt; }

  // Parameters under the names of transformers' checkpoints; a tied lm_head is not listed twice.
  virtual const NamedTensors& parameters() const = 0;

  // All parameters share device, type and whether they require gradients.
  c10::Device device() const { return parameters().front().second.device(); }
  at::ScalarType dtype() const { return parameters().front().second.scalar_type(); }
  bool trainable() const { return parameters().front().second.requires_grad(); }
  // The type of hidden states and logits.
  at::ScalarType compute_dtype() const { return dppo::compute_dtype(dtype(), device()); }

  // Returns a copy with the present weights in bfloat16, which lives until the next call or release_workspaces; for a
  // model in bfloat16, the model itself.
  const CausalLM& bfloat16_copy() const;

  // Frees the workspaces and the bfloat16 copy, which are created again when they are needed. Returns whether there was
  // any.
  bool release_workspaces() const {
    const bool held = generation_workspace_ != nullptr || training_workspace_ != nullptr || bfloat16_copy_ != nullptr;
    generation_workspace_.reset();
    training_workspace_.reset();
    bfloat16_copy_.reset();
    return held;
  }

  // The memory of generation on the model's device, and the CUDA graphs of training. Only one thread at a time uses a
  // model.
  std::unique_ptr<Workspace>& generation_workspace() const { return generation_workspace_; }
  std::unique_ptr<Workspace>& training_workspace() const { return training_workspace_; }

 protected:
  // It has no bias.
  virtual const Linear& lm_head() const = 0;

 private:
  mutable std::once_flag unused_once_;  // several threads may ask for logits
  mutable at::Tensor unused_;           // config().unused_ids on device(), made at the first use
  mutable std::unique_ptr<Workspace> generation_workspace_, training_workspace_;
  mutable std::shared_ptr<CausalLM> bfloat16_copy_;
};

}  // namespace dppo
