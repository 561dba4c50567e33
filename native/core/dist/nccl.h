// Groups of processes with one NVIDIA GPU each.
#pragma once

#include <memory>
#include <string>

#include "dist/communicator.h"

namespace dppo {

// Where the processes of a group find each other, and what the launcher calls this one.
struct Rendezvous {
  std::int64_t rank = 0;
  std::int64_t size = 1;
  std::int64_t device = 0;  // number of the GPU of this process
  std::string host;
  std::int64_t port = 0;
  bool has_server = false;  // whether the launcher listens there already; otherwise rank 0 does
};

// Joins a group by NCCL. Throws Error(kConfig) when this build has no NCCL.
std::shared_ptr<Communicator> open_nccl(const Rendezvous& rendezvous);

}  // namespace dppo
