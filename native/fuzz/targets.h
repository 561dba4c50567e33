// What the fuzzers call: each target reads one input as an untrusted file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dppo::fuzz {

// Returns the names: "safetensors", "pickle", "zip", "json" and "config".
std::vector<std::string> target_names();

// Reads `input` with the reader of a target. A refusal by dppo::Error is a good end. Any other exception leaves this
// function, and a broken promise of the reader ends the process.
void run_target(const std::string& target, std::string_view input);

}  // namespace dppo::fuzz
