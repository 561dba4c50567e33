// Draws the next token of every row on the device of the logits, by operations on tensors or by a kernel of our own.
// The steps and their order are those of sampler.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "generate/generate.h"
#include "model/token_rows.h"

namespace dppo {

// Returns for each row of `logits` (B, V) float32 with the largest ones `top` (B, 1) the first token at which the
// running sum of e^(logit - largest logit) exceeds `uniforms` (B, in [0, 1)) times the whole sum; (B) int64. The powers
// are rounded to multiples of V / 2^62, so that their sums are exact and no token without weight is drawn.
at::Tensor draw_tokens(const at::Tensor& logits, const at::Tensor& top, const at::Tensor& uniforms);

// Returns `logits` (B, V) with minus infinity for the tokens that sampling with top-k, 0 < k < V, and then top-p, p <
// 1, leaves out. Tokens as likely as the k-th stay besides the k. Of the rest, the least likely ones are left out while
// their probabilities are at most 1 - p together, of equals the first ones, but never the likeliest.
at::Tensor keep_top_k_and_p(const at::Tensor& logits, std::int64_t k, double p);

// The tensors that a draw updates.
struct DrawState {
  at::Tensor ids;        // (B) int64, the last token of each row
  at::Tensor positions;  // (B) int64, of those tokens
  at::Tensor tokens;     // (new tokens, B) int64, what has been drawn
  at::Tensor step;       // (1) int64, how many tokens of each row have been drawn
};

class BatchSampler {
 public:
  // For prompts of a model with V tokens. Everything lives on `device`.
  BatchSampler(const GenerateOptions& options, std::int64_t vocabulary, std::int64_t rows, c10::Device device);

  // Begins with new prompts and the streams of `options`.
  void start(const TokenRows& prompts, const GenerateOptions& options);

  // Draws the next token of each row for logits (B, V) of any type: by a kernel where there is one for the device and
  // the options, else by operations on tensors, which draw the same tokens. Reads no tensor's values, so the work can
  // be captured.
  void draw(const at::Tensor& logits, const DrawState& state);

  // Returns the next token of each row (B) int64 by operations on tensors. `step` (1) int64 counts the tokens drawn
  // before.
  at::Tensor operator()(const at::Tensor& logits, const at::Tensor& step);

  // Returns which rows (B, bool) have had logits that are not finite.
  const at::Tensor& broken() const { return broken_; }

 private:
  at::Tensor processed(at::Tensor logits, const at::Tensor& step) const;
  at::Tensor warped(at::Tensor logits) const;
  bool has_top_k(std::int64_t vocabulary) const;
  bool suits_kernel(std::int64_t vocabulary) const;

  GenerateOptions options_;
  at::Tensor broken_;    // (B) bool
  at::Tensor seen_;      // (B, V) bool, the tokens of each row; undefined without a repetition penalty
  at::Tensor ends_;      // (V) bool, end and stop ids; undefined without a minimum length
  at::Tensor uniforms_;  // (new tokens, B) float64; undefined without sampling
  at::Tensor finished_;  // (1) int32, in which the kernel counts rows
};

}  // namespace dppo
