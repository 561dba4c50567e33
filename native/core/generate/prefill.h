// Runs prompts through a model once, before the first token is drawn.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "base/cancel.h"
#include "model/causal_lm.h"
#include "model/kv_cache.h"
#include "model/token_rows.h"

namespace dppo {

struct Prefill {
  std::unique_ptr<KvCache> cache;  // slot i holds prompt i and has room for the new tokens
  at::Tensor last;                 // (B, E) hidden state of the last token of each prompt
};

// Prompts that are equal are computed once, and so are the tokens with which all prompts begin: chat prompts share
// their instructions. The prompts are not empty. Throws Error(kAborted) when cancelled.
Prefill prefill_prompts(const CausalLM& lm, const TokenRows& prompts, std::int64_t new_tokens,
                        const CancelFlag* cancel);

}  // namespace dppo
