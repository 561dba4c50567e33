#include "dist/rendezvous.h"

#include <c10/util/Exception.h>

#include <memory>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "base/error.h"

namespace dppo {

namespace {

// Reasons of libtorch can go on with details of the program on further lines.
std::string first_line(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

// Connects to the store at the address. Rank 0 opens it first unless the launcher has.
std::unique_ptr<c10d::TCPStore> connect(const Rendezvous& rendezvous) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(rendezvous.port);
  options.isServer = rendezvous.rank == 0 && !rendezvous.has_server;
  options.waitWorkers = false;
  options.timeout = rendezvous.limit;
  try {
    return std::make_unique<c10d::TCPStore>(rendezvous.host, options);
  } catch (const c10::Error& error) {
    const std::string port = std::to_string(rendezvous.port);
    const std::string doing = options.isServer
                                  ? "rank 0 cannot serve port " + port + " for the others, and reach it"
                                  : "rank " + std::to_string(rendezvous.rank) + " cannot reach port " + port;
    throw Error(ErrorKind::kConfig,
                doing + " at " + rendezvous.host +
                    "; expected the machine of rank 0 in MASTER_ADDR and a free port in MASTER_PORT (" +
                    first_line(error) + ")");
  }
}

}  // namespace

std::string from_first(const Rendezvous& rendezvous, const std::function<std::string()>& make) {
  const auto store = connect(rendezvous);
  const std::string place = "dialogue-ppo/" + std::to_string(rendezvous.attempt) + "/";
  const std::string all = place + "all";
  try {
    if (rendezvous.rank != 0) {
      const std::vector<std::uint8_t> bytes = store->get(place + "text");
      if (store->add(place + "ready", 1) == rendezvous.size - 1) store->set(all, std::vector<std::uint8_t>{1});
      return {bytes.begin(), bytes.end()};
    }
    const std::string text = make();
    store->set(place + "text", std::vector<std::uint8_t>(text.begin(), text.end()));
    // The store must not close before everyone has read.
    if (rendezvous.size > 1) store->wait({all});
    return text;
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::kConfig, "the " + std::to_string(rendezvous.size) + " processes did not meet at " +
                                        rendezvous.host + ", port " + std::to_string(rendezvous.port) + ", within " +
                                        std::to_string(rendezvous.limit.count() / 1000) + " s (" + first_line(error) +
                                        ")");
  }
}

}  // namespace dppo
