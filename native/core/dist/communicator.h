// The processes that train together, and what they tell each other.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/range.h"

namespace dppo {

// Thrown in every process of a group after one of them has failed. what() is the message of that process.
class PeerError : public std::runtime_error {
 public:
  PeerError(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const noexcept { return code_; }  // public code, for example "ERR_DATA"

 private:
  std::string code_;
};

// One process of a group. All processes make the same calls in the same order. Before a call exchanges data, all
// processes tell each other what they are about to do; a process that has failed says so instead, and the others then
// leave their call with a PeerError. No process is left waiting for one that has given up.
class Communicator {
 public:
  Communicator() = default;  // a process that trains alone: every call returns at once
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }

  // Returns the range of `count` items that falls to this process. The ranges follow each other in the order of ranks
  // and differ by at most one item; some are empty when there are fewer items than processes.
  Range shard(std::int64_t count) const noexcept;

  // Each of the following throws PeerError after another process has failed, Error(kAborted) after the work has ended,
  // and Error(kInternal) when the processes make different calls.

  // Replaces a contiguous tensor, float32 or float64, by its sum over all processes, which is the same everywhere.
  void sum(at::Tensor& values);
  double sum(double value);
  // Returns the bytes of every process in the order of ranks.
  std::vector<std::string> all_gather(const std::string& bytes);
  // Returns the bytes of rank 0; those of the others are ignored.
  std::string broadcast(std::string bytes);
  // Returns whether `own` is true in any process, when every process has made this call.
  bool any(bool own);

  // Ends the work because of an error of this process: whatever the others call next throws it. Further calls throw.
  void fail(const std::string& code, const std::string& message);
  // Begins other work after an error, which every process knows of by then.
  void begin() noexcept { ended_ = false; }
  // Leaves the group at the end of the program. Unless `in_order` is set, processes that still work are ended by force.
  // An error is ignored: nobody is left who could be told.
  virtual void leave(bool in_order) noexcept {}

 protected:
  Communicator(int rank, int size) : rank_(rank), size_(size) {}

 private:
  enum class Call : std::int64_t { kSum, kGather, kBroadcast, kAny };

  // What an implementation provides. All processes are in the same call when one of these begins.
  // Returns the number that each process gives, in the order of ranks.
  virtual std::vector<std::int64_t> exchange(std::int64_t own);
  // Replaces float32 or float64 numbers by their sums over all processes.
  virtual void all_reduce(at::Tensor& values) {}
  // `all` has the size of all parts together, of which each process gives the one at its rank.
  virtual void gather(const std::string& own, const std::vector<std::int64_t>& sizes, std::string& all) {}
  // Replaces the bytes by those of `root`, which are as many.
  virtual void broadcast_from(int root, std::string& bytes) {}

  std::vector<std::int64_t> meet(Call call, std::int64_t detail);
  void raise_failure(const std::vector<std::int64_t>& announced, std::string text);

  int rank_ = 0;
  int size_ = 1;
  bool ended_ = false;
};

// Returns the implementations that this build has besides that of a single process: "mpi", "nccl".
std::vector<std::string> communicator_backends();

}  // namespace dppo
