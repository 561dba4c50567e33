#include "model/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/_fused_sdp_choice.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>

#include "base/cancel.h"
#include "base/error.h"
#include "base/if_defined.h"
#include "base/index_tensor.h"
#include "base/modes.h"
#include "kernel/cached_attention.h"
#include "model/row_attention.h"

namespace dppo {

namespace {

// Repeats each key/value head for the query heads that share it. Heads are dimension `dim`.
at::Tensor repeat_heads(const at::Tensor& x, std::int64_t query_heads, std::int64_t dim) {
  const std::int64_t groups = query_heads / x.size(dim);
  return groups == 1 ? x : x.repeat_interleave(groups, dim);
}

// Attention of (B, H, T, D) queries to (B, K, S, D) keys: causal when `mask` is undefined and T equals S; a single
// query without a mask sees every key.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask, double scale) {
  const bool causal = !mask.defined() && q.size(2) > 1;
  // Rows of dialogues have many shapes.
  const CudnnAttentionScope cudnn(/*allowed=*/false, q.device().type());
  return at::scaled_dot_product_attention(q, repeat_heads(k, q.size(1), 1), repeat_heads(v, q.size(1), 1),
                                          if_defined(mask),
                                          /*dropout_p=*/0.0, causal, scale);
}

// Attention of few queries (B, K, G, D) to many keys (B, K, S, D). In float32, two products are faster than the one
// kernel that libtorch has; with 16 bits, cuDNN is fastest, and its preparation is worth it, because a cache keeps its
// shape.
at::Tensor attend_few(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask,
                      double scale) {
  if (q.scalar_type() == at::kFloat) {
    return at::matmul((at::matmul(q * scale, k.transpose(-1, -2)) + mask).softmax(/*dim=*/-1), v);
  }
  const CudnnAttentionScope cudnn(/*allowed=*/true, q.device().type());
  return at::scaled_dot_product_attention(q, k, v, mask, /*dropout_p=*/0.0, /*is_causal=*/false, scale);
}

// libtorch's number for flash attention, in all versions.
constexpr std::int64_t kFlashAttention = 1;

// Some GPUs have no backward pass for larger heads.
constexpr std::int64_t kMaxFlashHeadDim = 128;

// Makes the backward pass look at the current cancel flag when it reaches `x`, once a layer. The pass may run on
// threads of a device, so the hook keeps the flag.
void check_in_backward(const at::Tensor& x) {
  const CancelFlag* flag = current_cancel_flag();
  if (flag == nullptr || !x.requires_grad()) return;
  x.register_hook([flag](const at::Tensor& /*gradient*/) { flag->check(); });
}

}  // namespace

bool has_varlen_attention(const ModelConfig& config, const at::TensorOptions& options) {
  // libtorch pads heads of other sizes only where rows have one length.
  const bool suits = options.device().is_cuda() && config.sliding_window == 0 && config.head_dim % 8 == 0 &&
                     config.head_dim <= kMaxFlashHeadDim;
  if (!suits) return false;
  const CudnnAttentionScope cudnn(/*allowed=*/false, options.device().type());
  const at::Tensor heads = at::empty({1, config.heads, 2, config.head_dim}, options);
  const auto backend = at::_fused_sdp_choice(heads, heads, heads, /*attn_mask=*/std::nullopt, /*dropout_p=*/0.0,
                                             /*is_causal=*/true);
  return backend == kFlashAttention;
}

at::Tensor Attention::operator()(std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                                 const at::Tensor& v) const {
  if (cache_ != nullptr) cache_->write(layer, rows_, k, v);
  const auto attended = [&] {
    switch (method(q, k, v)) {
      case Method::kEverySlot: return attend_every_slot(layer, q);
      case Method::kDecode: return decode(layer, q);
      case Method::kRowByRow: return row_by_row(layer, q, k, v);
      case Method::kTraining: return training(layer, q, k, v);
      case Method::kVarlen: return varlen(layer, q, k, v);
      case Method::kPadded: return padded(layer, q, k, v);
    }
    throw Error(ErrorKind::kInternal, "an unknown method of attention");
  }();
  check_in_backward(attended);
  return attended;
}

Attention::Method Attention::method(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
  if (rows_.every_slot) return Method::kEverySlot;
  if (layout_ == AttentionLayout::kPadded) return uses_varlen(v) ? Method::kVarlen : Method::kPadded;
  if (is_decoding() && q.scalar_type() == at::kFloat) return Method::kDecode;
  return cache_ == nullptr && records_float32_on_cpu({q, k, v}) ? Method::kTraining : Method::kRowByRow;
}

bool Attention::is_decoding() const {
  return cache_ != nullptr && std::ranges::all_of(rows_.lengths, [](std::int64_t length) { return length == 1; });
}

// Returns whether these are the queries of all tokens, not those of the selected ones alone. Unless all are selected,
// the selected ones are fewer.
bool Attention::has_all_queries(const at::Tensor& q) const { return q.size(0) == rows_.ids.size(0); }

at::Tensor Attention::decode(std::int64_t layer, const at::Tensor& q) const {
  std::vector<std::int64_t> seen;
  for (const std::int64_t start : rows_.starts) seen.push_back(start + 1);
  const kernel::CacheView view{cache_->keys(layer), cache_->values(layer), rows_.slots, seen};
  return kernel::cached_attention(q.contiguous(), view, config_.sliding_window, config_.attention_scale(layer));
}

const std::vector<std::int64_t>& Attention::query_counts(const at::Tensor& q) const {
  return has_all_queries(q) ? rows_.lengths : rows_.tails;
}

at::Tensor Attention::training(std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                               const at::Tensor& v) const {
  return attend_rows(q, repeat_heads(k, q.size(1), 1), repeat_heads(v, q.size(1), 1),
                     {rows_.lengths, query_counts(q), config_.sliding_window}, config_.attention_scale(layer));
}

at::Tensor Attention::row_by_row(std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                                 const at::Tensor& v) const {
  // (t, heads, D) of one row to (1, heads, t, D).
  const auto heads_first = [](const at::Tensor& x) { return x.transpose(0, 1).unsqueeze(0); };
  const auto row_queries = q.split_with_sizes(query_counts(q));
  const auto row_keys = k.split_with_sizes(rows_.lengths);
  const auto row_values = v.split_with_sizes(rows_.lengths);
  const double scale = config_.attention_scale(layer);
  std::vector<at::Tensor> outputs;
  for (std::size_t b = 0; b < rows_.lengths.size(); ++b) {
    check_cancelled();
    const std::int64_t seen = rows_.starts[b] + rows_.lengths[b];
    at::Tensor keys, values;  // (1, K, seen, D)
    if (rows_.starts[b] > 0) {
      keys = cache_->keys(layer).narrow(0, rows_.slots[b], 1).narrow(2, 0, seen);
      values = cache_->values(layer).narrow(0, rows_.slots[b], 1).narrow(2, 0, seen);
    } else {
      keys = heads_first(row_keys[b]);
      values = heads_first(row_values[b]);
    }
    const at::Tensor mask = causal_mask(row_queries[b].size(0), seen, config_.sliding_window);
    outputs.push_back(attend(heads_first(row_queries[b]), keys, values, mask, scale).squeeze(0).transpose(0, 1));
  }
  return at::cat(outputs).flatten(/*start_dim=*/1);
}

std::int64_t Attention::longest() const {
  std::int64_t longest = 0;
  for (std::size_t b = 0; b < rows_.lengths.size(); ++b) {
    longest = std::max(longest, rows_.starts[b] + rows_.lengths[b]);
  }
  return longest;
}

// Returns the padding of all tokens or of the selected ones; undefined when the rows have the same length.
Padding Attention::padding(bool all) const {
  const Padding& given = all ? rows_.padding : rows_.selected_padding;
  if (given.defined()) return given;
  const std::vector<std::int64_t>& counts = all ? rows_.lengths : rows_.tails;
  const std::int64_t width = *std::ranges::max_element(counts);
  if (std::ranges::all_of(counts, [width](std::int64_t count) { return count == width; })) return {width, {}, {}};
  const c10::Device device = rows_.ids.device();
  return {width, index_tensor(pad_indices(counts, width), device), index_tensor(unpad_indices(counts, width), device)};
}

Attention::PaddedQueries Attention::pad_queries(bool all) const {
  PaddedQueries result{padding(all), {}};
  if (all && !has_past() && config_.sliding_window == 0) return result;
  const at::Tensor of_queries = all ? rows_.positions : rows_.select(rows_.positions);
  const at::Tensor padded =
      result.padding.defined() ? of_queries.index_select(0, result.padding.pad_index) : of_queries;
  const at::Tensor positions = padded.view({rows_.rows(), 1, result.padding.width, 1});
  result.mask = visible_keys(positions, longest());
  return result;
}

// Returns which of the first `count` keys a query at each of the positions (..., 1) sees, (..., count) bool.
at::Tensor Attention::visible_keys(const at::Tensor& positions, std::int64_t count) const {
  const at::Tensor keys = at::arange(count, positions.options());
  const at::Tensor causal = keys <= positions;
  const std::int64_t window = config_.sliding_window;
  return window > 0 ? causal & (keys > positions - window) : causal;
}

at::Tensor Attention::padded(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
  const bool all = has_all_queries(q);
  std::optional<PaddedQueries>& queries = padded_queries_[all ? 0 : 1];
  if (!queries) queries = pad_queries(all);
  const std::int64_t batch = rows_.rows();
  // (N, heads, D) to (B, heads, T, D).
  const auto pad = [batch](const at::Tensor& x, const at::Tensor& pad_index) {
    const at::Tensor padded = pad_index.defined() ? x.index_select(0, pad_index) : x;
    return padded.reshape({batch, -1, x.size(1), x.size(2)}).transpose(1, 2);
  };
  at::Tensor keys, values;
  if (has_past()) {
    // One token of each row is selected, so these are the slots of the rows.
    const at::Tensor slots = rows_.select(rows_.token_slots);
    keys = cache_->keys(layer).index_select(0, slots).narrow(2, 0, longest());
    values = cache_->values(layer).index_select(0, slots).narrow(2, 0, longest());
  } else {
    if (!padded_queries_[0]) padded_queries_[0] = pad_queries(/*all=*/true);
    keys = pad(k, padded_queries_[0]->padding.pad_index);
    values = pad(v, padded_queries_[0]->padding.pad_index);
  }
  const at::Tensor attended =
      attend(pad(q, queries->padding.pad_index), keys, values, queries->mask, config_.attention_scale(layer));
  const at::Tensor padded = attended.transpose(1, 2).flatten(0, 1);
  return (queries->padding.defined() ? padded.index_select(0, queries->padding.unpad_index) : padded)
      .flatten(/*start_dim=*/1);
}

bool Attention::uses_varlen(const at::Tensor& v) const {
  if (!uses_varlen_) {
    uses_varlen_ = rows_.cu_seqlens.defined() && has_varlen_attention(config_, v.options());
  }
  return *uses_varlen_;
}

// As `padded`, without pads. The queries of a row that are computed are its last ones, and causal flash attention puts
// the last query at the last key.
at::Tensor Attention::varlen(std::int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
  if (!cu_seqlens_.defined()) {
    cu_seqlens_ = rows_.cu_seqlens.to(at::kInt);
    selected_cu_seqlens_ = rows_.selected_cu_seqlens.defined() ? rows_.selected_cu_seqlens.to(at::kInt) : cu_seqlens_;
  }
  // Rotary embeddings leave float32 under autocast. Values are outputs of a linear layer and have its type.
  const at::Tensor queries = q.to(v.scalar_type()), keys = k.to(v.scalar_type());
  const at::Tensor& query_cu_seqlens = has_all_queries(q) ? cu_seqlens_ : selected_cu_seqlens_;
  return std::get<0>(at::_flash_attention_forward(queries, keys, v, query_cu_seqlens, cu_seqlens_, rows_.max_seqlen,
                                                  rows_.max_seqlen, /*dropout_p=*/0.0,
                                                  /*is_causal=*/true,
                                                  /*return_debug_mask=*/false, config_.attention_scale(layer)))
      .flatten(/*start_dim=*/1);
}

// Returns whether tokens of the rows were cached before this pass.
bool Attention::has_past() const {
  return cache_ != nullptr && std::ranges::any_of(rows_.starts, [](std::int64_t start) { return start > 0; });
}

// Returns what is added to the scores (B, 1, 1, capacity): 0 for the keys that a query sees, else minus infinity.
at::Tensor Attention::every_slot_mask(const at::Tensor& like) const {
  const at::Tensor hidden = visible_keys(rows_.positions.view({-1, 1, 1, 1}), cache_->capacity()).logical_not();
  return at::zeros(hidden.sizes(), like.options()).masked_fill_(hidden, -std::numeric_limits<double>::infinity());
}

// One new token of every slot. Nothing here depends on the lengths of the rows but the mask, and that on tensors alone,
// so the operations can be captured and replayed.
at::Tensor Attention::attend_every_slot(std::int64_t layer, const at::Tensor& q) const {
  if (!every_slot_mask_.defined()) every_slot_mask_ = every_slot_mask(q);
  const at::Tensor& keys = cache_->keys(layer);
  // The query heads that share a key head stand as its queries, so no key is copied.
  const at::Tensor queries = q.reshape({q.size(0), keys.size(1), q.size(1) / keys.size(1), q.size(2)});
  const at::Tensor attended =
      attend_few(queries, keys, cache_->values(layer), every_slot_mask_, config_.attention_scale(layer));
  return attended.reshape({q.size(0), q.size(1) * q.size(2)});
}

}  // namespace dppo
