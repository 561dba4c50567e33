// Counter-based random streams: the numbers of a stream depend on its keys only, not on draws from other streams.
#pragma once

#include <cstdint>
#include <vector>

namespace dppo {

// SplitMix64 over (seed, stream); two keys give independent-looking sequences.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream) noexcept;
  std::uint64_t next_u64() noexcept;
  double next_uniform() noexcept;  // [0, 1), 53 bits
  double next_normal() noexcept;   // mean 0, deviation 1 (Box-Muller)
  // Uniform integer in [0, bound); bound > 0; without modulo bias.
  std::uint64_t next_below(std::uint64_t bound) noexcept;
  // Fisher-Yates order of 0..n-1.
  std::vector<std::int64_t> permutation(std::int64_t n);

  // The whole state is one word, so that a checkpoint can hold it.
  std::uint64_t state() const noexcept { return state_; }
  void set_state(std::uint64_t state) noexcept { state_ = state; }

 private:
  std::uint64_t state_;
};

}  // namespace dppo
