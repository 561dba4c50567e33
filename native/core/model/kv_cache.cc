#include "model/kv_cache.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/shape.h"

namespace dppo {

KvCache::KvCache(const ModelConfig& config, std::int64_t slots, std::int64_t capacity, const at::TensorOptions& options)
    : lengths_(static_cast<std::size_t>(slots), 0), capacity_(capacity) {
  const std::array sizes{2 * config.layers, slots, config.kv_heads, capacity, config.head_dim};
  if (!span_of_shape(sizes)) {
    throw Error(ErrorKind::kShape, "a key/value cache of " + std::to_string(slots) + " rows with " +
                                       std::to_string(capacity) + " tokens each is beyond any memory");
  }
  // Not empty: a masked entry has the weight 0, and 0 * NaN would be NaN.
  memory_ = at::zeros(sizes, options);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    keys_.push_back(memory_.select(/*dim=*/0, 2 * layer));
    values_.push_back(memory_.select(/*dim=*/0, 2 * layer + 1));
  }
}

void KvCache::write(std::int64_t layer, const PackedRows& rows, const at::Tensor& keys, const at::Tensor& values) {
  for (std::size_t b = 0; !rows.every_slot && b < rows.slots.size(); ++b) {
    const std::int64_t count = length(rows.slots[b]) + rows.lengths[b];
    if (count <= capacity_) continue;
    throw Error(ErrorKind::kShape, "the key/value cache holds " + std::to_string(capacity_) + " tokens a row, not " +
                                       std::to_string(count));
  }
  if (rows.padding.defined()) return write_padded(layer, rows.padding, keys, values);
  // The undefined index stands for all heads; the indexed dimensions come first: (N, kv_heads, head_dim).
  const c10::List<std::optional<at::Tensor>> indices({rows.token_slots, std::nullopt, rows.positions});
  keys_.at(static_cast<std::size_t>(layer)).index_put_(indices, keys);
  values_.at(static_cast<std::size_t>(layer)).index_put_(indices, values);
}

// Writes whole slots. After the tokens of a row come copies of any token, which nobody sees.
void KvCache::write_padded(std::int64_t layer, const Padding& padding, const at::Tensor& keys,
                           const at::Tensor& values) {
  const auto write = [&](const at::Tensor& cache, const at::Tensor& tokens) {
    const at::Tensor padded = tokens.index_select(0, padding.pad_index);  // (slots * capacity, kv_heads, head_dim)
    cache.copy_(padded.view({cache.size(0), padding.width, tokens.size(1), tokens.size(2)}).transpose(1, 2));
  };
  write(keys_.at(static_cast<std::size_t>(layer)), keys);
  write(values_.at(static_cast<std::size_t>(layer)), values);
}

void KvCache::advance(const PackedRows& rows) {
  if (rows.every_slot) return;
  for (std::size_t b = 0; b < rows.slots.size(); ++b) {
    lengths_[static_cast<std::size_t>(rows.slots[b])] += rows.lengths[b];
  }
}

void KvCache::clear() {
  memory_.zero_();
  std::ranges::fill(lengths_, 0);
}

void KvCache::copy(std::int64_t from, const std::vector<std::int64_t>& to) {
  const std::int64_t count = length(from);
  const auto tokens = [this, count](std::int64_t slot) {
    return memory_.select(/*dim=*/1, slot).narrow(/*dim=*/2, 0, count);
  };
  for (const std::int64_t slot : to) {
    tokens(slot).copy_(tokens(from));
    lengths_[static_cast<std::size_t>(slot)] = count;
  }
}

}  // namespace dppo
