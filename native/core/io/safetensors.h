// The safetensors format (https://github.com/huggingface/safetensors): u64 header length, JSON header, raw data.
#pragma once

#include <string>

#include "base/named_tensors.h"

namespace dppo {

// Tensors of a file in the order of their data, as views of the mapped file (CPU, read-only by convention); each keeps
// the mapping alive. Throws Error(kCheckpointFormat) for a damaged or hostile file.
NamedTensors read_safetensors(const std::string& path);

// Writes tensors (any device; copied to contiguous CPU memory one by one), sorted as given, whole or not at all.
void write_safetensors(const std::string& path, const NamedTensors& tensors);

}  // namespace dppo
