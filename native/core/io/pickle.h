// Reads the tensors of a pytorch_model.bin without running its code: only an allow-list of pickle operations and
// globals is accepted.
#pragma once

#include <string>

#include "io/safetensors.h"

namespace dppo {

// Returns a state dict saved by torch.save, in the zip format or the older one. Throws Error(kCheckpointFormat) that
// names the first global or operation that is not allowed, or what is damaged.
NamedTensors read_pickled_tensors(const std::string& path);

}  // namespace dppo
