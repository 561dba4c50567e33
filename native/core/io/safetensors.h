// The safetensors format (https://github.com/huggingface/safetensors): u64 header length, JSON header, raw data.
#pragma once

#include <cstdint>
#include <string>

#include "base/named_tensors.h"

namespace dppo {

// Bytes of the largest header, as in the reference implementation. With kMaxJsonValues, a header of this size takes at
// most 400 MB of memory while it is read.
inline constexpr std::uint64_t kMaxHeader = 100'000'000;

// Returns the tensors of a file in the order of their data, each in CPU memory of its own, which libtorch aligns to 64
// bytes. Throws Error(kCheckpointFormat) for a damaged or hostile file, Error(kModel) for one that cannot be opened.
NamedTensors read_safetensors(const std::string& path);

// Writes tensors of any device in the order given, so that the file is there whole or not at all. They are copied to
// contiguous memory of the CPU one by one. Throws Error(kIo | kConfig) as write_file_atomically, and Error(kInternal)
// for a type that the format lacks.
void write_safetensors(const std::string& path, const NamedTensors& tensors);

}  // namespace dppo
