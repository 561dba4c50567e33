// One new token of each slot of a cache through a whole model by few kernels of our own, on an NVIDIA GPU in bfloat16.
// Letters: R rows, which are the slots; V vocabulary.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "gpu/decode.h"
#include "model/causal_lm.h"
#include "model/decode_weights.h"
#include "model/kv_cache.h"
#include "model/packed_rows.h"

namespace dppo {

class DecodeStep {
 public:
  // Returns the step of a model for a number of rows; null when there are no kernels for it. The model must outlive it.
  static std::unique_ptr<DecodeStep> make(const CausalLM& lm, std::int64_t rows);

  // Writes keys and values of the tokens to the cache and returns their logits (R, V), in memory that the next call
  // uses again. `rows` are those of next_token_of_every_slot. The work can be captured.
  at::Tensor operator()(const PackedRows& rows, KvCache& cache) const;

 private:
  DecodeStep(const CausalLM& lm, DecodeWeights weights, std::shared_ptr<const gpu::DecodeKernels> kernels,
             std::int64_t rows);

  const CausalLM& lm_;
  DecodeWeights weights_;
  std::shared_ptr<const gpu::DecodeKernels> kernels_;
  at::Tensor hidden_, queries_, attended_, inner_, logits_;  // one line for each row
};

}  // namespace dppo
