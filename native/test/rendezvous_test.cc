// Processes find each other at an address. Threads stand for the processes here.
#include "dist/rendezvous.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "base/error.h"

namespace dppo {
namespace {

using namespace std::chrono_literals;

// A socket that listens on a port of the system's choice.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 1);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::int64_t port() const { return port_; }

 private:
  int socket_;
  std::int64_t port_ = 0;
};

std::int64_t free_port() { return Listener().port(); }

Rendezvous place(std::int64_t rank, std::int64_t size, std::int64_t port) {
  return {.rank = rank, .size = size, .host = "127.0.0.1", .port = port, .limit = 60s};
}

std::string message_of(const Rendezvous& rendezvous) {
  try {
    from_first(rendezvous, [] { return std::string("id"); });
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "no error";
}

TEST(Rendezvous, GivesAllWhatTheFirstHas) {
  const std::string text("a\0b\xff", 4);
  for (const std::int64_t size : {1, 2, 5}) {
    const std::int64_t port = free_port();
    std::vector<std::future<std::string>> found;
    // The first comes last, so the others look for it before it is there.
    for (std::int64_t rank = size - 1; rank >= 0; --rank) {
      found.push_back(std::async(std::launch::async, [=] {
        return from_first(place(rank, size, port), [=] { return rank == 0 ? text : "not mine"; });
      }));
    }
    for (auto& one : found) EXPECT_EQ(one.get(), text);
  }
}

TEST(Rendezvous, BeginsAnewWhenTheLauncherStartsAllAgain) {
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.port = 0;
  options.waitWorkers = false;
  // A launcher that serves the port keeps what earlier processes have left.
  const c10d::TCPStore launcher("127.0.0.1", options);
  for (const std::int64_t attempt : {0, 1}) {
    const std::string text = "id " + std::to_string(attempt);
    std::vector<std::future<std::string>> found;
    for (const std::int64_t rank : {1, 0}) {
      Rendezvous again = place(rank, 2, launcher.getPort());
      again.has_server = true;
      again.attempt = attempt;
      found.push_back(std::async(std::launch::async, [=] { return from_first(again, [=] { return text; }); }));
    }
    for (auto& one : found) EXPECT_EQ(one.get(), text);
  }
}

TEST(Rendezvous, SaysThatNobodyListens) {
  Rendezvous lost = place(1, 2, free_port());
  lost.limit = 1s;
  const std::string message = message_of(lost);
  EXPECT_NE(message.find("rank 1 cannot reach port " + std::to_string(lost.port) + " at 127.0.0.1"), std::string::npos);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(Rendezvous, SaysThatThePortIsTaken) {
  const Listener other;
  const std::string message = message_of(place(0, 2, other.port()));
  EXPECT_NE(message.find("rank 0 cannot serve port " + std::to_string(other.port())), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(Rendezvous, SaysThatAProcessIsMissing) {
  Rendezvous alone = place(0, 2, free_port());
  alone.limit = 1s;
  EXPECT_NE(message_of(alone).find("the 2 processes did not meet at 127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace dppo
