// Rows of tokens without padding: the tokens of all rows stand in one dimension, row after row.
// Letters: B rows, N tokens of all rows, M tokens whose hidden states are wanted.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/token_rows.h"

namespace dppo {

struct PackedRows {
  at::Tensor ids;                     // (N) int64
  at::Tensor positions;               // (N) int64, place of each token in its row, cached tokens included
  std::vector<std::int64_t> lengths;  // B, tokens of each row
  std::vector<std::int64_t> tails;    // B, how many last tokens of each row are wanted: 1 to its length
  at::Tensor wanted;                  // (M) int64, places of the wanted tokens among all; undefined when all are wanted
  std::vector<std::int64_t> starts;   // B, position of each row's first token: how many tokens of it are cached
  std::vector<std::int64_t> slots;    // B, row of the key/value cache; empty without a cache
  at::Tensor token_slots;             // (N) int64, the slot of each token; undefined without a cache
  // The rows are one new token of each slot of the cache, in the order of the slots, and only `positions` says how many
  // tokens of each are cached: `starts` and the lengths of the cache are not used.
  bool every_slot = false;

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()); }
  // Returns the rows of x (N, ...) that belong to wanted tokens: (M, ...).
  at::Tensor select_wanted(const at::Tensor& x) const;
};

using TokenSpans = std::vector<std::span<const std::int64_t>>;

// Returns views of whole rows.
TokenSpans spans_of(const TokenRows& rows);

// Packs rows that have no cached tokens. `tails` as in PackedRows; empty: every token is wanted.
PackedRows pack_rows(const TokenSpans& rows, std::vector<std::int64_t> tails, c10::Device device);

// Packs the next tokens of rows whose first `starts` tokens are in the given slots of a cache. Only the last token of
// each row is wanted.
PackedRows pack_next_tokens(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> slots,
                            c10::Device device);

// Returns the rows that are one new token of each slot: `ids` and `positions` (slots) int64.
PackedRows next_token_of_every_slot(at::Tensor ids, at::Tensor positions);

}  // namespace dppo
