// Groups of processes that an MPI launcher started.
#pragma once

#include <memory>

#include "dist/communicator.h"

namespace dppo {

// Joins the group that the launcher started. Throws Error(kConfig) when this build has no MPI.
std::shared_ptr<Communicator> open_mpi();

}  // namespace dppo
