// Rows of tokens without padding: the tokens of all rows stand in one dimension, row after row.
// Letters: B rows, N tokens of all rows, M tokens whose hidden states are wanted.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/token_rows.h"

namespace dppo {

// Where tokens stand in a (B, T) table with a row of cells for each row of tokens and pads behind it.
struct RowTable {
  std::int64_t width = 0;  // T
  at::Tensor places;       // (B * T) int64, the token at each cell; any token at a pad
  at::Tensor cells;        // (N or M) int64, the cell of each token

  bool defined() const { return cells.defined(); }
};

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
  // Tables of all tokens and of the wanted ones, for rows with pads of their own: tokens behind the last row that
  // nobody reads. `lengths` and `tails` are the widths of the tables then. Undefined for other rows.
  RowTable table, wanted_table;
  // Where the rows begin and end among all tokens and among the wanted ones: (B + 1) int64, from 0 to N or M, on a GPU
  // without cached tokens; the pads count as a row. Else undefined, and `wanted_bounds` also where all are wanted.
  at::Tensor bounds, wanted_bounds;
  std::int64_t longest = 0;  // no row between the bounds has more tokens

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()); }
  // Returns the rows of x (N, ...) that belong to wanted tokens: (M, ...).
  at::Tensor select_wanted(const at::Tensor& x) const;
};

using TokenSpans = std::vector<std::span<const std::int64_t>>;

// Returns views of whole rows.
TokenSpans spans_of(const TokenRows& rows);

// The tokens of rows behind each other, as numbers.
struct RowNumbers {
  std::vector<std::int64_t> ids;        // N
  std::vector<std::int64_t> positions;  // N
  std::vector<std::int64_t> lengths;    // B
  std::vector<std::int64_t> wanted;     // M, places of the last `tails` tokens of each row among all
};

// Returns the numbers of rows whose first `starts` tokens are cached; empty: none. `tails` as in PackedRows.
RowNumbers row_numbers(const TokenSpans& rows, std::span<const std::int64_t> starts,
                       std::span<const std::int64_t> tails);

// Packs rows that have no cached tokens. `tails` as in PackedRows; empty: every token is wanted.
PackedRows pack_rows(const TokenSpans& rows, std::vector<std::int64_t> tails, c10::Device device);

// Packs the next tokens of rows whose first `starts` tokens are in the given slots of a cache. Only the last token of
// each row is wanted.
PackedRows pack_next_tokens(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> slots,
                            c10::Device device);

// Returns the token at each cell of a (B, width) table that holds `counts` tokens a row; pads repeat the first token.
std::vector<std::int64_t> table_places(std::span<const std::int64_t> counts, std::int64_t width);

// Returns the cell of each token in that table.
std::vector<std::int64_t> table_cells(std::span<const std::int64_t> counts, std::int64_t width);

// Returns where rows of `counts` tokens begin and end, from 0 on: one number more than there are rows.
std::vector<std::int64_t> row_bounds(std::span<const std::int64_t> counts);

// Returns the rows that are one new token of each slot: `ids` and `positions` (slots) int64.
PackedRows next_token_of_every_slot(at::Tensor ids, at::Tensor positions);

}  // namespace dppo
