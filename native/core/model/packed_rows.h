// Rows of tokens without padding: the tokens of all rows stand in one dimension, row after row.
// Letters: B rows, N tokens of all rows, M tokens whose hidden states are selected.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/token_rows.h"

namespace dppo {

// How packed rows become a (B, T) batch with pads on the right, and how the batch becomes packed rows again.
struct Padding {
  std::int64_t width = 0;  // T
  at::Tensor pad_index;    // (B * T) int64, the token at each position of the batch; any token at a pad
  at::Tensor unpad_index;  // (N or M) int64, the position of each token in the batch

  bool defined() const { return unpad_index.defined(); }
};

struct PackedRows {
  at::Tensor ids;                     // (N) int64
  at::Tensor positions;               // (N) int64, position of each token in its row, cached tokens included
  std::vector<std::int64_t> lengths;  // B, tokens of each row
  std::vector<std::int64_t> tails;    // B, how many last tokens of each row are selected: 1 to its length
  at::Tensor selected;  // (M) int64, indices of the selected tokens among all; undefined when all are selected
  std::vector<std::int64_t> starts;  // B, position of each row's first token: how many tokens of it are cached
  std::vector<std::int64_t> slots;   // B, row of the key/value cache; empty without a cache
  at::Tensor token_slots;            // (N) int64, the slot of each token; undefined without a cache
  // The rows are one new token of each slot of the cache, in the order of the slots, and only `positions` says how many
  // tokens of each are cached: `starts` and the lengths of the cache are not used.
  bool every_slot = false;
  // The paddings of all tokens and of the selected ones, for rows with pads of their own: tokens after the last row
  // that nobody reads. `lengths` and `tails` are the widths of the paddings then. Undefined for other rows.
  Padding padding, selected_padding;
  // The cumulative lengths of the rows, of all tokens and of the selected ones: (B + 1) int64, from 0 to N or M, on a
  // GPU without cached tokens; the pads count as a row. Else undefined, and `selected_cu_seqlens` also where all are
  // selected.
  at::Tensor cu_seqlens, selected_cu_seqlens;
  std::int64_t max_seqlen = 0;  // at least the length of the longest of these rows

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()); }
  // Returns the rows of x (N, ...) that belong to selected tokens: (M, ...).
  at::Tensor select(const at::Tensor& x) const;
};

using TokenSpans = std::vector<std::span<const std::int64_t>>;

// Returns views of whole rows.
TokenSpans spans_of(const TokenRows& rows);

// What PackedRows holds as tensors, on the host.
struct RowNumbers {
  std::vector<std::int64_t> ids;        // N
  std::vector<std::int64_t> positions;  // N
  std::vector<std::int64_t> lengths;    // B
  std::vector<std::int64_t> selected;   // M, indices of the last `tails` tokens of each row among all
};

// Returns the numbers of rows whose first `starts` tokens are cached; empty: none. `tails` as in PackedRows.
RowNumbers row_numbers(const TokenSpans& rows, std::span<const std::int64_t> starts,
                       std::span<const std::int64_t> tails);

// Packs rows that have no cached tokens. `tails` as in PackedRows; empty: every token is selected.
PackedRows pack_rows(const TokenSpans& rows, std::vector<std::int64_t> tails, c10::Device device);

// Packs the next tokens of rows whose first `starts` tokens are in the given slots of a cache. Only the last token of
// each row is selected.
PackedRows pack_next_tokens(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> slots,
                            c10::Device device);

// Returns Padding::pad_index for rows of `counts` tokens and a batch (B, width); pads repeat the first token.
std::vector<std::int64_t> pad_indices(std::span<const std::int64_t> counts, std::int64_t width);

// Returns Padding::unpad_index for the same batch.
std::vector<std::int64_t> unpad_indices(std::span<const std::int64_t> counts, std::int64_t width);

// Returns the cumulative lengths of rows of `counts` tokens, from 0 on: one number more than there are rows.
std::vector<std::int64_t> cumulative_lengths(std::span<const std::int64_t> counts);

// Returns the rows that are one new token of each slot: `ids` and `positions` (slots) int64.
PackedRows next_token_of_every_slot(at::Tensor ids, at::Tensor positions);

}  // namespace dppo
