// Groups of processes with one NVIDIA GPU each, which find each other at an address that their launcher names.
#pragma once

#include <memory>

#include "dist/communicator.h"
#include "dist/rendezvous.h"

namespace dppo {

// Joins a group by NCCL. Throws Error(kConfig) when this build has no NCCL or the processes do not meet, and
// Error(kDevice) when NCCL cannot connect their GPUs.
std::shared_ptr<Communicator> open_nccl(const Rendezvous& rendezvous);

}  // namespace dppo
