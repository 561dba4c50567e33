// Passes that a GPU captures as CUDA graphs, one for each shape. A pass of a small model is thousands of short
// operations, and the host takes longer to start them than the GPU takes to compute them. Letters: n tokens that are to
// be predicted.
#pragma once

#include <ATen/core/Tensor.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/graphed_callable.h"
#include "lm/padded_targets.h"
#include "lm/predictions.h"

namespace dppo {

// The passes of one model. Runs each shape as it is the first time, so that libraries load what it needs, and
// captures it the second time.
class GraphedPasses final : public Workspace {
 public:
  // The model must live as long as this; `value_head` may be null.
  GraphedPasses(const CausalLM& lm, const ValueHead* value_head);
  ~GraphedPasses() override;

  // Returns whether these passes have this value head; all of them serve callers without one.
  bool suits_value_head(const ValueHead* value_head) const;

  // Runs the forward pass, with gradients if the caller's mode says so; `value_head` may be null. The
  // predictions carry no autograd graph, and later passes overwrite them.
  Predictions forward(const TargetRows& rows, const ValueHead* value_head, const PassOptions& options);

  // Runs the backward pass of the last forward pass, which had gradients: adds to the gradients of the parameters, for
  // the gradients (n) of log-probabilities and, with a value head, values.
  void backward(const at::Tensor& log_probs, const at::Tensor& values = {});

 private:
  class Pass;
  struct Key {
    PassShape shape;
    PassOptions options;
    bool has_value_head;
    bool gradients;
    auto operator<=>(const Key&) const = default;
  };

  Pass& pass_for(const Key& key);
  void make_gradients(bool mixed);
  void attach_gradients();
  void add_cast_gradients() const;

  const CausalLM& lm_;
  std::optional<ValueHead> value_head_;
  std::vector<at::Tensor> parameters_;  // that require gradients
  std::vector<at::Tensor> gradients_;   // of them, which captured passes add to
  // The same in bfloat16, for linear layers under autocast, and the memory of both.
  std::vector<at::Tensor> cast_gradients_;
  at::Tensor gradient_memory_, cast_gradient_memory_;
  GraphCache<Key, Pass> passes_;
  Pass* last_ = nullptr;
};

// Returns whether passes of the model may be captured.
bool may_capture(const CausalLM& lm, const PassOptions& options);

// Returns the graphed passes of a model, which are its training workspace; null where such a pass is not captured: it
// may not be, or its tokens are so many that the GPU is busy anyway. A pass without a value head may be one of
// the passes with one.
GraphedPasses* graphed_passes(const CausalLM& lm, const ValueHead* value_head, const TargetRows& rows,
                              const PassOptions& options);

// Runs a forward pass without gradients, by a CUDA graph where there is one.
Predictions predict_rows(const CausalLM& lm, const ValueHead* value_head, const TargetRows& rows,
                         const PassOptions& options);

}  // namespace dppo
