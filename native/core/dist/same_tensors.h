// A check that processes which train together begin with the same numbers.
#pragma once

#include <string>

#include "base/named_tensors.h"
#include "dist/communicator.h"

namespace dppo {

// Compares the bytes of tensors among all processes. `what` names them in the message.
// Throws Error(kModel) in every process when they differ in one.
void require_same(const NamedTensors& tensors, const std::string& what, Communicator& group);

}  // namespace dppo
