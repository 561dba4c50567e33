// One forward pass over rows, and what it says of the tokens that are to be predicted.
// Letters: n tokens that are to be predicted, V vocabulary.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <compare>
#include <cstdint>
#include <vector>

#include "model/causal_lm.h"
#include "model/packed_rows.h"
#include "model/value_head.h"

namespace dppo {

// What a pass computes, and how.
struct PassOptions {
  bool autocast = false;  // bfloat16 for the language model; log-probabilities and values stay float32
  bool entropy = false;
  bool logits = false;
  bool capture = false;  // a GPU may capture the pass, see lm/graphed_passes.h
  auto operator<=>(const PassOptions&) const = default;
};

// What a pass reads and predicts, as numbers.
struct TargetRows {
  TokenSpans inputs;                  // rows that the model reads
  std::vector<std::int64_t> tails;    // number of last tokens of each row whose outputs are computed; empty: all
  std::vector<std::int64_t> counted;  // n, indices among those tokens of the ones that predict a target
  std::vector<std::int64_t> next;     // n, the tokens that they predict

  // Returns how many tokens the inputs have together, and how many the tails.
  std::int64_t tokens() const;
  std::int64_t selected() const;
};

// The same as tensors.
struct Targets {
  PackedRows inputs;
  at::Tensor counted;  // (n) int64; undefined when all tokens of the tails count
  at::Tensor next;     // (n) int64
};

Targets on_device(const TargetRows& rows, c10::Device device);

// Log-probabilities and values carry gradients if the caller's mode says so; the others do not.
struct Predictions {
  at::Tensor log_probs;  // (n) float32
  at::Tensor values;     // (n) float32; undefined without a value head
  at::Tensor entropy;    // (n) float32; undefined if not asked for
  at::Tensor logits;     // (n, V); undefined if not asked for
};

// Runs one forward pass; `value_head` may be null. The last layer is computed for the tails only, and the logits only
// for what counts.
Predictions predict(const CausalLM& lm, const ValueHead* value_head, const Targets& targets,
                    const PassOptions& options);

// Concatenates one tensor of several passes; undefined if it is undefined in all.
template <typename Pass>
at::Tensor join(const std::vector<Pass>& passes, at::Tensor Pass::*member) {
  std::vector<at::Tensor> tensors;
  for (const Pass& pass : passes) {
    if ((pass.*member).defined()) tensors.push_back(pass.*member);
  }
  return tensors.empty() ? at::Tensor() : at::cat(tensors);
}

}  // namespace dppo
