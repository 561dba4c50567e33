#include "generate/generate.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "generate/loops.h"

namespace dppo {

namespace {

// As it is used: float32 makes 0 of small numbers and infinity of large ones.
bool is_positive(double number) {
  const auto used = static_cast<float>(number);
  return used > 0.0F && std::isfinite(used);
}

void check_options(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options) {
  const auto fail = [](const std::string& what) { throw Error(ErrorKind::kConfig, what); };
  if (options.max_new_tokens < 1) fail("maxNewTokens must be at least 1");
  if (!is_positive(options.temperature)) fail("temperature must be above 0 and finite in float32");
  if (options.top_k < 0) fail("topK must be at least 0");
  if (!(options.top_p > 0.0 && options.top_p <= 1.0)) fail("topP must be in (0, 1]");
  if (!is_positive(options.repetition_penalty)) fail("repetitionPenalty must be above 0 and finite in float32");
  if (!options.streams.empty() && options.streams.size() != prompts.size()) {
    fail("expected one random stream a prompt");
  }
  const std::int64_t vocabulary = lm.config().vocab_size;
  for (const auto* ids : {&options.eos_token_ids, &options.stop_token_ids}) {
    for (const std::int64_t id : *ids) {
      if (id < 0 || id >= vocabulary) fail("end id " + std::to_string(id) + " lies outside the vocabulary");
    }
  }
  std::set<std::int64_t> ends(options.eos_token_ids.begin(), options.eos_token_ids.end());
  ends.insert(options.stop_token_ids.begin(), options.stop_token_ids.end());
  if (options.min_new_tokens > 0 && static_cast<std::int64_t>(ends.size()) == vocabulary) {
    fail("minNewTokens " + std::to_string(options.min_new_tokens) +
         " leaves no token to draw: every id is an end or stop id");
  }
}

void check_prompts(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options) {
  const std::int64_t limit = lm.config().max_positions;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string name = "prompt " + std::to_string(i);
    check_tokens(name, prompts[i], lm.config());
    const auto length = static_cast<std::int64_t>(prompts[i].size());
    if (length + options.max_new_tokens <= limit) continue;
    throw Error(ErrorKind::kConfig, name + " has " + std::to_string(length) + " tokens; with " +
                                        std::to_string(options.max_new_tokens) + " new ones it exceeds the model's " +
                                        std::to_string(limit) + " positions");
  }
}

}  // namespace

TokenRows generate(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                   const TokenCallback& on_token) {
  check_options(lm, prompts, options);
  check_prompts(lm, prompts, options);
  if (prompts.empty()) return {};
  const at::NoGradGuard no_grad;
  const CausalLM& model = options.autocast_bf16 ? lm.bfloat16_copy() : lm;
  const auto loop = lm.device().is_cpu() ? generate_on_host : generate_on_device;
  return loop(model, prompts, options, on_token);
}

RandomStream stream_of(const GenerateOptions& options, std::size_t row) {
  if (options.streams.empty()) return {0, row};
  return {options.streams[row].first, options.streams[row].second};
}

std::int64_t longest_prompt(const TokenRows& prompts) {
  std::size_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, prompt.size());
  return static_cast<std::int64_t>(longest);
}

bool is_end(const GenerateOptions& options, std::int64_t token) {
  const auto contains = [token](const auto& ids) { return std::ranges::find(ids, token) != ids.end(); };
  return contains(options.eos_token_ids) || contains(options.stop_token_ids);
}

void throw_nonfinite_logits(std::int64_t prompt) {
  throw Error(ErrorKind::kInternal, "the model's logits are not finite for prompt " + std::to_string(prompt));
}

}  // namespace dppo
