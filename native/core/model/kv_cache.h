// Keys and values of all tokens so far, in memory that is allocated once per generation. Each row of the cache, a slot,
// has a length of its own, so that rows need no padding and a row that has ended needs no copying.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/packed_rows.h"

namespace dppo {

class KvCache {
 public:
  // `slots` rows of at most `capacity` tokens. Throws Error(kShape) when the number of elements would overflow.
  KvCache(const ModelConfig& config, std::int64_t slots, std::int64_t capacity, const at::TensorOptions& options);

  std::int64_t capacity() const { return capacity_; }

  // Returns how many tokens of a slot are cached.
  std::int64_t length(std::int64_t slot) const { return lengths_.at(static_cast<std::size_t>(slot)); }

  // Keys and values of a layer, (slots, kv_heads, capacity, head_dim). Entries after a slot's tokens are 0, or
  // those of other tokens.
  const at::Tensor& keys(std::int64_t layer) const { return keys_.at(static_cast<std::size_t>(layer)); }
  const at::Tensor& values(std::int64_t layer) const { return values_.at(static_cast<std::size_t>(layer)); }

  // Writes the keys and values (N, kv_heads, head_dim) of new tokens after those of their slots.
  // Throws Error(kShape) when they do not fit. With rows.every_slot or rows.padding, the caller knows that they fit;
  // with a padding as wide as the cache, row i is new in slot i.
  void write(std::int64_t layer, const PackedRows& rows, const at::Tensor& keys, const at::Tensor& values);

  // Called once after every layer has written the same rows. With rows.every_slot or rows.padding, the caller counts.
  void advance(const PackedRows& rows);

  // Forgets all tokens.
  void clear();

  // Copies all tokens of a slot to other slots.
  void copy(std::int64_t from, const std::vector<std::int64_t>& to);

 private:
  void write_padded(std::int64_t layer, const Padding& padding, const at::Tensor& keys, const at::Tensor& values);

  at::Tensor memory_;  // (2 * layers, slots, kv_heads, capacity, head_dim), keys and values of each layer in turn
  std::vector<at::Tensor> keys_;  // views of it, per layer
  std::vector<at::Tensor> values_;
  std::vector<std::int64_t> lengths_;
  std::int64_t capacity_;
};

}  // namespace dppo
