// Reads the tensors of a pytorch_model.bin without running its code: only an allow-list of pickle operations and
// globals is accepted.
#pragma once

#include <cstdint>
#include <string>

#include "base/named_tensors.h"

namespace dppo {

// How often the tensors of a file may use its bytes: tied weights are tensors over one storage.
inline constexpr std::uint64_t kMaxSharing = 4;

// Returns a state dict saved by torch.save, in the zip format or the older one. Throws Error(kCheckpointFormat) that
// names the first global or operation that is not allowed, or what is damaged. Tensors that are contiguous and aligned
// in the file are views of one copy of it; the others are copies of their own, so the memory is at most
// 1 + kMaxSharing times the file and that of kMaxPickledValues.
NamedTensors read_pickled_tensors(const std::string& path);

}  // namespace dppo
