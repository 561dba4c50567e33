// How the processes of a group find each other at an address that their launcher names.
#pragma once

#include <c10/core/Device.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "base/bounds.h"
#include "base/options.h"

namespace dppo {

// The address, and what the launcher calls this process.
struct Rendezvous {
  std::int64_t rank = 0;
  std::int64_t size = 1;
  std::int64_t device = 0;  // number of the GPU of this process
  std::string host;
  std::int64_t port = 0;
  bool has_server = false;   // whether the launcher listens there already; otherwise rank 0 does
  std::int64_t attempt = 0;  // how often the launcher has started the group again
  std::chrono::milliseconds limit = std::chrono::minutes(2);  // how long the processes wait for each other; no option
};

// As base/options.h says. Libraries take these numbers as smaller integers.
template <OptionsOf<Rendezvous> Place, typename Visitor>
void visit_options(Place& place, Visitor&& visit) {
  constexpr double kMaxInt = std::numeric_limits<int>::max();
  visit("rank", place.rank, Bounds{.min = 0, .below = static_cast<double>(place.size)});
  visit("size", place.size, Bounds{.min = 1, .max = kMaxInt});
  visit("device", place.device, Bounds{.min = 0, .max = std::numeric_limits<c10::DeviceIndex>::max()});
  visit("host", place.host);
  visit("port", place.port, Bounds{.min = 0, .max = std::numeric_limits<std::uint16_t>::max()});
  visit("hasServer", place.has_server);
  visit("attempt", place.attempt, Bounds{.min = 0});
}

// Returns in every process what `make` returns in rank 0.
// Throws Error(kConfig) when the processes do not meet within the limit.
std::string from_first(const Rendezvous& rendezvous, const std::function<std::string()>& make);

}  // namespace dppo
