// The two ways to generate, and what they share. Both are called by generate(), whose checks have passed: there are
// prompts, and no gradients are recorded.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "generate/generate.h"

namespace dppo {

// For a CPU: each row ends by itself and costs nothing more, and each token is drawn from its row of logits in turn.
TokenRows generate_on_host(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                           const TokenCallback& on_token);

// For a GPU: tokens, lengths and draws stay on the device, every step is the same operations on the same memory, so
// that steps can be captured and replayed, and the host looks at the tokens of some steps at once. Rows that have ended
// go on until all have. The memory stays with the model for the next call of about the same size. Runs on a CPU too.
TokenRows generate_on_device(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                             const TokenCallback& on_token);

// Returns the stream from which a row draws, one number a token.
RandomStream stream_of(const GenerateOptions& options, std::size_t row);

// Returns the tokens of the longest prompt.
std::int64_t longest_prompt(const TokenRows& prompts);

// Returns whether a token ends its row.
bool is_end(const GenerateOptions& options, std::int64_t token);

// Throws Error(kInternal) that names the prompt.
[[noreturn]] void throw_nonfinite_logits(std::int64_t prompt);

}  // namespace dppo
