#include "kernel/cached_attention.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"

namespace dppo::kernel {

namespace {

// Multiply-adds below which a second thread costs more than it saves.
constexpr std::int64_t kThreadAttention = 1 << 16;

bool is_plain(const at::Tensor& tensor, std::int64_t dimensions) {
  return tensor.dim() == dimensions && tensor.is_cpu() && tensor.is_contiguous() && tensor.scalar_type() == at::kFloat;
}

void check_attention(const at::Tensor& q, const CacheView& cache, std::int64_t window) {
  if (!is_plain(q, 3) || !is_plain(cache.keys, 4) || !is_plain(cache.values, 4)) {
    throw Error(ErrorKind::kShape,
                "cached_attention: q (3 dimensions), keys and values (4) must be contiguous float32");
  }
  const std::int64_t key_heads = cache.keys.size(1);
  if (cache.keys.sizes() != cache.values.sizes() || cache.keys.size(3) != q.size(2) || key_heads == 0 ||
      q.size(1) % key_heads != 0) {
    throw Error(ErrorKind::kShape, "cached_attention: the heads of q, keys and values do not fit together");
  }
  const auto rows = static_cast<std::size_t>(q.size(0));
  if (cache.slots.size() != rows || cache.lengths.size() != rows || window < 0) {
    throw Error(ErrorKind::kShape,
                "cached_attention: each row of q needs a slot and a length, and window is at least 0");
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (cache.slots[row] < 0 || cache.slots[row] >= cache.keys.size(0) || cache.lengths[row] < 1 ||
        cache.lengths[row] > cache.keys.size(2)) {
      throw Error(ErrorKind::kShape, "cached_attention: a slot or a length is outside the cache");
    }
  }
}

// One row and one key head. `start` counts the keys of the pieces before it.
struct Piece {
  std::int64_t row;
  std::int64_t head;
  std::int64_t first;
  std::int64_t count;
  std::int64_t start;
};

std::vector<Piece> pieces_of(const CacheView& cache, std::int64_t window) {
  std::vector<Piece> pieces;
  std::int64_t start = 0;
  for (std::size_t row = 0; row < cache.lengths.size(); ++row) {
    const std::int64_t length = cache.lengths[row];
    const std::int64_t count = window > 0 ? std::min(window, length) : length;
    for (std::int64_t head = 0; head < cache.keys.size(1); ++head) {
      pieces.push_back({static_cast<std::int64_t>(row), head, length - count, count, start});
      start += count;
    }
  }
  return pieces;
}

}  // namespace

at::Tensor cached_attention(const at::Tensor& q, const CacheView& cache, std::int64_t window, double scale,
                            const Kernels& kernels) {
  check_attention(q, cache, window);
  const std::int64_t size = q.size(2);
  const std::int64_t key_heads = cache.keys.size(1);
  const std::int64_t capacity = cache.keys.size(2);
  const std::int64_t group = q.size(1) / key_heads;
  at::Tensor out = at::empty({q.size(0), q.size(1) * size}, q.options());
  const std::vector<Piece> pieces = pieces_of(cache, window);
  if (out.numel() == 0) return out;
  const float* queries = q.const_data_ptr<float>();
  const float* keys = cache.keys.const_data_ptr<float>();
  const float* values = cache.values.const_data_ptr<float>();
  float* result = out.mutable_data_ptr<float>();
  // Threads share the keys, not the pieces, because rows have different lengths. A piece belongs to the thread in whose
  // range it starts.
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    const auto starts_before = [](const Piece& piece, std::int64_t key) { return piece.start < key; };
    std::vector<float> scratch;
    for (auto piece = std::lower_bound(pieces.begin(), pieces.end(), begin, starts_before);
         piece != pieces.end() && piece->start < end; ++piece) {
      scratch.resize(std::max<std::size_t>(
          scratch.size(), static_cast<std::size_t>(kernels.attention_scratch(group, size, piece->count))));
      const std::int64_t head = piece->row * key_heads + piece->head;
      const std::int64_t place = cache.slots[static_cast<std::size_t>(piece->row)] * key_heads + piece->head;
      const std::int64_t key = (place * capacity + piece->first) * size;
      kernels.attend({queries + head * group * size, keys + key, values + key, result + head * group * size,
                      scratch.data(), group, size, piece->count, static_cast<float>(scale)});
    }
  };
  parallel_for(pieces.back().start + pieces.back().count,
               std::max<std::int64_t>(1, kThreadAttention / (2 * group * size)), work);
  return out;
}

}  // namespace dppo::kernel
