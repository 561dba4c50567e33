#include "model/dropout.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/parallel.h"

namespace dppo {

namespace {

thread_local DropoutScope* current = nullptr;

// One 64-bit draw decides four entries, 16 bits each: drawing must not cost more than the layer it follows.
constexpr std::int64_t kLanes = 4;

// Which entries are kept: those whose 16 bits of the draws under `key` are below `below`. They are multiplied by
// `scale`.
struct Kept {
  std::uint64_t key;
  std::uint64_t below;
  float scale;
};

// Fills `out` with the factors of the entries from number `first` on.
void fill_factors(std::span<float> out, std::int64_t first, const Kept& kept) {
  const auto count = static_cast<std::int64_t>(out.size());
  const std::int64_t begin_block = first / kLanes;
  const std::int64_t blocks = (first + count + kLanes - 1) / kLanes - begin_block;
  parallel_for(blocks, /*grain=*/8192, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin_block + begin; block < begin_block + end; ++block) {
      const std::uint64_t bits = RandomStream(kept.key, static_cast<std::uint64_t>(block)).next_u64();
      const std::int64_t last = std::min(first + count, (block + 1) * kLanes);
      for (std::int64_t i = std::max(first, block * kLanes); i < last; ++i) {
        out[i - first] = ((bits >> (16 * (i % kLanes))) & 0xFFFF) < kept.below ? kept.scale : 0.0F;
      }
    }
  });
}

}  // namespace

DropoutScope::DropoutScope(double rate, RandomStream stream, std::int64_t tokens_before)
    : rate_(rate), stream_(stream), tokens_before_(tokens_before), previous_(current) {
  current = rate > 0.0 ? this : nullptr;
}

DropoutScope::~DropoutScope() { current = previous_; }

at::Tensor DropoutScope::factors(const at::Tensor& x) {
  const auto below = static_cast<std::uint64_t>(std::llround((1.0 - rate_) * 65536.0));
  at::Tensor factors = at::empty(x.sizes(), at::kFloat);
  const std::span<float> out(factors.mutable_data_ptr<float>(), static_cast<std::size_t>(factors.numel()));
  const std::int64_t first = x.numel() == 0 ? 0 : tokens_before_ * (x.numel() / x.size(0));
  // The scale follows the rounded rate, so that the mean is kept exactly.
  fill_factors(out, first, {stream_.next_u64(), below, static_cast<float>(65536.0 / static_cast<double>(below))});
  return factors.to(x.options().requires_grad(false));
}

at::Tensor apply_dropout(const at::Tensor& x) { return current == nullptr ? x : x * current->factors(x); }

}  // namespace dppo
