// Keys and values of all tokens so far, in memory that is allocated once per generation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "model/config.h"

namespace dppo {

class KvCache {
 public:
  // B rows of at most `capacity` tokens.
  KvCache(const ModelConfig& config, std::int64_t batch, std::int64_t capacity, const at::TensorOptions& options);

  std::int64_t length() const { return length_; }

  // Appends keys and values (B, kv_heads, T, head_dim) to those of `layer`; returns all of that layer,
  // (B, kv_heads, length + T, head_dim) each. Throws Error(kShape) when they do not fit.
  std::pair<at::Tensor, at::Tensor> append(std::int64_t layer, const at::Tensor& keys, const at::Tensor& values);

  // Called once after every layer has appended `count` tokens.
  void advance(std::int64_t count) { length_ += count; }

  // Drops all rows but the given ones (int64 indices).
  void select_rows(const at::Tensor& rows);

 private:
  std::vector<at::Tensor> keys_;  // per layer (B, kv_heads, capacity, head_dim)
  std::vector<at::Tensor> values_;
  std::int64_t capacity_;
  std::int64_t length_ = 0;
};

}  // namespace dppo
