// The options of the golden cases of generation.
#pragma once

#include "generate/generate.h"
#include "golden.h"

namespace dppo {

inline GenerateOptions options_of(const Json& json) {
  GenerateOptions options;
  const auto number = [&json](const char* key, double fallback) {
    const Json* value = json.find(key);
    return value == nullptr ? fallback : value->as_double();
  };
  options.temperature = number("temperature", 1.0);
  options.top_k = static_cast<std::int64_t>(number("top_k", 0));
  options.top_p = number("top_p", 1.0);
  options.repetition_penalty = number("repetition_penalty", 1.0);
  options.min_new_tokens = static_cast<std::int64_t>(number("min_new_tokens", 0));
  if (const Json* ends = json.find("eos_token_id")) options.eos_token_ids = golden::integers(*ends);
  return options;
}

}  // namespace dppo
