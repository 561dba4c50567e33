// The objects of a state dict that torch.save writes through calls and persistent ids: storages and tensors.
#pragma once

#include <vector>

#include "io/pickle_reader.h"
#include "io/unpickler.h"

namespace dppo {

// Checks that a global belongs to a plain state dict. All functions here throw through `reader.fail`.
void check_global(const PickleReader& reader, const PickledValue::Global& global);

// Returns the storage that the parts of a persistent id name: ("storage", type, key, location, elements).
PickledStorage storage_from_id(const PickleReader& reader, const std::vector<PickledValue>& id);

// Returns the result of calling an allowed global, such as torch._utils._rebuild_tensor_v2. Nothing is run.
PickledValue call_global(const PickleReader& reader, const PickledValue::Global& function,
                         const std::vector<PickledValue>& arguments);

}  // namespace dppo
