#include "model/kv_cache.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace dppo {

KvCache::KvCache(const ModelConfig& config, std::int64_t batch, std::int64_t capacity, const at::TensorOptions& options)
    : capacity_(capacity) {
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    keys_.push_back(at::empty({batch, config.kv_heads, capacity, config.head_dim}, options));
    values_.push_back(at::empty({batch, config.kv_heads, capacity, config.head_dim}, options));
  }
}

std::pair<at::Tensor, at::Tensor> KvCache::append(std::int64_t layer, const at::Tensor& keys,
                                                  const at::Tensor& values) {
  const std::int64_t count = keys.size(2);
  if (length_ + count > capacity_) {
    throw Error(ErrorKind::kShape, "the key/value cache holds " + std::to_string(capacity_) + " tokens, not " +
                                       std::to_string(length_ + count));
  }
  at::Tensor& all_keys = keys_.at(static_cast<std::size_t>(layer));
  at::Tensor& all_values = values_.at(static_cast<std::size_t>(layer));
  all_keys.narrow(/*dim=*/2, length_, count).copy_(keys);
  all_values.narrow(/*dim=*/2, length_, count).copy_(values);
  return {all_keys.narrow(2, 0, length_ + count), all_values.narrow(2, 0, length_ + count)};
}

void KvCache::select_rows(const at::Tensor& rows) {
  for (auto* list : {&keys_, &values_}) {
    for (at::Tensor& tensor : *list) tensor = tensor.index_select(/*dim=*/0, rows);
  }
}

}  // namespace dppo
