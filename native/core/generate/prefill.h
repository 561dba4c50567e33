// Runs prompts through a model once, before the first token is drawn.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/causal_lm.h"
#include "model/kv_cache.h"
#include "model/token_rows.h"

namespace dppo {

// Computes prompt i in slot i of an empty cache and returns the hidden states (B, E) of the last token of each prompt.
// Prompts that are equal are computed once, and so are the tokens with which all prompts begin: chat prompts share
// their instructions. The prompts are not empty. Throws Error(kAborted) when cancelled.
at::Tensor prefill_prompts(const CausalLM& lm, const TokenRows& prompts, KvCache& cache);

}  // namespace dppo
