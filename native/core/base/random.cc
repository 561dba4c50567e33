#include "base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace dppo {

namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

// Finaliser of SplitMix64 (Steele, Lea & Flood 2014).
std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

// Mixing between the keys keeps (1, 2) and (2, 1) apart.
RandomStream::RandomStream(std::uint64_t seed, std::uint64_t stream) noexcept
    : state_(mix(mix(seed + kGolden) ^ (stream * kGolden + 1))) {}

std::uint64_t RandomStream::next_u64() noexcept {
  state_ += kGolden;
  return mix(state_);
}

double RandomStream::next_uniform() noexcept { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

double RandomStream::next_normal() noexcept {
  const double u = 1.0 - next_uniform();  // (0, 1], so that the logarithm is finite
  const double v = next_uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::uint64_t RandomStream::next_below(std::uint64_t bound) noexcept {
  // Rejecting the incomplete last run of values removes the modulo's bias.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = next_u64();
  while (value >= limit) value = next_u64();
  return value % bound;
}

std::vector<std::int64_t> RandomStream::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i) {
    std::swap(order[i], order[next_below(static_cast<std::uint64_t>(i) + 1)]);
  }
  return order;
}

}  // namespace dppo
