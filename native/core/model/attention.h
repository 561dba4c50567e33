// Attention over packed rows as all model families use it.
// Letters: B rows, N new tokens of all rows, M selected ones, H query heads, K key/value heads, D head size.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/config.h"
#include "model/kv_cache.h"
#include "model/packed_rows.h"

namespace dppo {

// How the products of attention are laid out: a loop over rows, or one product over rows padded to the longest.
// Devices with many cores want one large product; on a CPU, padding costs more than a loop. A GPU that has flash
// attention for the rows as they are needs no padding. Rows that are every slot of the cache (PackedRows::every_slot)
// see the whole cache through a mask, whatever the layout. Rows with pads of their own are never computed in a loop.
enum class AttentionLayout { kRowByRow, kPadded };

inline AttentionLayout attention_layout(const PackedRows& rows) {
  return rows.ids.is_cpu() && !rows.padding.defined() ? AttentionLayout::kRowByRow : AttentionLayout::kPadded;
}

// Returns whether libtorch has flash attention (Dao et al. 2022) for rows of different lengths as they are, for the
// heads of a model in tensors of this kind.
bool has_varlen_attention(const ModelConfig& config, const at::TensorOptions& options);

// How the tokens of one forward pass see each other: each token its own row up to itself, and with
// config.sliding_window W above 0, the last W tokens of that only.
class Attention {
 public:
  // `rows`, `cache` and `config` must outlive this object. With a cache, `rows` come from pack_next_tokens.
  Attention(const PackedRows& rows, KvCache* cache, const ModelConfig& config)
      : Attention(rows, cache, config, attention_layout(rows)) {}
  Attention(const PackedRows& rows, KvCache* cache, const ModelConfig& config, AttentionLayout layout)
      : rows_(rows), cache_(cache), config_(config), layout_(layout) {}

  // Returns softmax(scale q k^T) v (Vaswani et al. 2017) with the scale that the configuration gives to the layer, one
  // line per query, (N or M, H * D). q is (N, H, D), or (M, H, D) for the selected tokens alone; k and v are (N, K, D)
  // with H a multiple of K. With a cache, k and v are written to it first, and the cached tokens are seen too.
  at::Tensor operator()(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;

 private:
  // How queries become a padded batch, and which keys they see.
  struct PaddedQueries {
    Padding padding;  // undefined for rows of one length
    at::Tensor mask;  // (B, 1, T, S) bool, true for the keys that a query sees; undefined for plain causal attention
  };

  // What computes the attention of a layer.
  enum class Method {
    kEverySlot,  // one new token of every slot sees the whole cache through a mask
    kDecode,     // one new token of each row, by our kernel for the CPU
    kRowByRow,   // a loop over rows
    kTraining,   // the same as one function for autograd
    kVarlen,     // flash attention over rows of different lengths as they are
    kPadded,     // one product over rows padded to the longest
  };

  Method method(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  bool is_decoding() const;
  bool has_all_queries(const at::Tensor& q) const;
  at::Tensor decode(std::int64_t layer, const at::Tensor& q) const;
  const std::vector<std::int64_t>& query_counts(const at::Tensor& q) const;
  at::Tensor row_by_row(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  at::Tensor training(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  at::Tensor padded(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  Padding padding(bool all) const;
  PaddedQueries pad_queries(bool all) const;
  bool has_past() const;
  at::Tensor visible_keys(const at::Tensor& positions, std::int64_t count) const;
  bool uses_varlen(const at::Tensor& v) const;
  at::Tensor varlen(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  at::Tensor attend_every_slot(std::int64_t layer, const at::Tensor& q) const;
  at::Tensor every_slot_mask(const at::Tensor& like) const;
  std::int64_t longest() const;

  const PackedRows& rows_;
  KvCache* cache_;
  const ModelConfig& config_;
  AttentionLayout layout_;
  mutable std::array<std::optional<PaddedQueries>, 2> padded_queries_;  // of all tokens, of the selected ones
  // The first layer creates the following.
  mutable at::Tensor every_slot_mask_;
  mutable std::optional<bool> uses_varlen_;
  mutable at::Tensor cu_seqlens_, selected_cu_seqlens_;  // int32
};

}  // namespace dppo
