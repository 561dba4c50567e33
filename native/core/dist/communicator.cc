#include "dist/communicator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace dppo {

namespace {

// An announcement is a call with a detail, both at least 0, or a failure with the length of its text, below 0.
constexpr std::int64_t kCalls = 8;

}  // namespace

Range Communicator::shard(std::int64_t count) const noexcept {
  return {count * rank_ / size_, count * (rank_ + 1) / size_};
}

std::vector<std::int64_t> Communicator::exchange(std::int64_t own) { return {own}; }

// Tells the others which call comes next; returns the details of all.
std::vector<std::int64_t> Communicator::meet(Call call, std::int64_t detail) {
  if (ended_) throw Error(ErrorKind::kAborted, "the processes that worked together have ended");
  std::vector<std::int64_t> announced = exchange(detail * kCalls + static_cast<std::int64_t>(call));
  if (std::ranges::any_of(announced, [](std::int64_t one) { return one < 0; })) raise_failure(announced, "");
  for (std::int64_t& one : announced) {
    if (one % kCalls != static_cast<std::int64_t>(call)) {
      ended_ = true;
      throw Error(ErrorKind::kInternal, "the processes that work together are not at the same point");
    }
    one /= kCalls;
  }
  return announced;
}

// Passes on the text of the first process that failed. Throws it in the processes that have not failed.
void Communicator::raise_failure(const std::vector<std::int64_t>& announced, std::string text) {
  ended_ = true;
  const auto failed = std::ranges::find_if(announced, [](std::int64_t one) { return one < 0; });
  const int rank = static_cast<int>(failed - announced.begin());
  const bool own = announced[static_cast<std::size_t>(rank_)] < 0;
  text.resize(static_cast<std::size_t>(-*failed));
  broadcast_from(rank, text);
  if (own) return;
  const std::size_t space = text.find(' ');
  throw PeerError(text.substr(0, space), "rank " + std::to_string(rank) + ": " + text.substr(space + 1));
}

void Communicator::fail(const std::string& code, const std::string& message) {
  if (ended_ || size_ == 1) return;
  const std::string text = code + " " + message;
  raise_failure(exchange(-static_cast<std::int64_t>(text.size())), text);
}

void Communicator::sum(at::Tensor& values) {
  if (size_ == 1) return;
  if (values.scalar_type() != at::kFloat && values.scalar_type() != at::kDouble) {
    throw Error(ErrorKind::kInternal, "only float32 and float64 can be added up");
  }
  const std::vector<std::int64_t> counts = meet(Call::kSum, values.numel());
  if (std::ranges::any_of(counts, [&](std::int64_t count) { return count != values.numel(); })) {
    ended_ = true;
    throw Error(ErrorKind::kInternal, "the processes that work together add up tensors of different sizes");
  }
  all_reduce(values);
}

double Communicator::sum(double value) {
  if (size_ == 1) return value;
  at::Tensor one = at::tensor(std::vector<double>{value});
  sum(one);
  return one.item<double>();
}

std::vector<std::string> Communicator::all_gather(const std::string& bytes) {
  if (size_ == 1) return {bytes};
  const std::vector<std::int64_t> sizes = meet(Call::kGather, static_cast<std::int64_t>(bytes.size()));
  std::string all(static_cast<std::size_t>(std::reduce(sizes.begin(), sizes.end())), '\0');
  gather(bytes, sizes, all);
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(all.substr(start, static_cast<std::size_t>(size)));
    start += static_cast<std::size_t>(size);
  }
  return parts;
}

std::string Communicator::broadcast(std::string bytes) {
  if (size_ == 1) return bytes;
  bytes.resize(static_cast<std::size_t>(meet(Call::kBroadcast, static_cast<std::int64_t>(bytes.size())).front()));
  broadcast_from(0, bytes);
  return bytes;
}

bool Communicator::any(bool own) {
  if (size_ == 1) return own;
  return std::ranges::any_of(meet(Call::kAny, own ? 1 : 0), [](std::int64_t one) { return one != 0; });
}

std::vector<std::string> communicator_backends() {
  std::vector<std::string> names;
#ifdef DPPO_WITH_MPI
  names.emplace_back("mpi");
#endif
#ifdef DPPO_WITH_NCCL
  names.emplace_back("nccl");
#endif
  return names;
}

}  // namespace dppo
