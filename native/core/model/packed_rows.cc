#include "model/packed_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <algorithm>
#include <numeric>

#include "base/index_tensor.h"

namespace dppo {

namespace {

// Returns the places of the last `tails` tokens of each row; undefined when these are all tokens.
at::Tensor wanted_places(const std::vector<std::int64_t>& lengths, const std::vector<std::int64_t>& tails,
                         c10::Device device) {
  if (lengths == tails) return {};
  std::vector<std::int64_t> places;
  std::int64_t end = 0;
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    end += lengths[b];
    for (std::int64_t place = end - tails[b]; place < end; ++place) places.push_back(place);
  }
  return index_tensor(places, device);
}

PackedRows pack(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> tails,
                c10::Device device) {
  std::vector<std::int64_t> ids, positions, lengths;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto length = static_cast<std::int64_t>(rows[b].size());
    ids.insert(ids.end(), rows[b].begin(), rows[b].end());
    for (std::int64_t t = 0; t < length; ++t) positions.push_back(starts[b] + t);
    lengths.push_back(length);
  }
  if (tails.empty()) tails = lengths;
  PackedRows packed;
  packed.ids = index_tensor(ids, device);
  packed.positions = index_tensor(positions, device);
  packed.wanted = wanted_places(lengths, tails, device);
  packed.lengths = std::move(lengths);
  packed.tails = std::move(tails);
  packed.starts = std::move(starts);
  return packed;
}

}  // namespace

at::Tensor PackedRows::select_wanted(const at::Tensor& x) const {
  return wanted.defined() ? x.index_select(/*dim=*/0, wanted) : x;
}

TokenSpans spans_of(const TokenRows& rows) { return {rows.begin(), rows.end()}; }

PackedRows pack_rows(const TokenSpans& rows, std::vector<std::int64_t> tails, c10::Device device) {
  return pack(rows, std::vector<std::int64_t>(rows.size(), 0), std::move(tails), device);
}

PackedRows pack_next_tokens(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> slots,
                            c10::Device device) {
  PackedRows packed = pack(rows, std::move(starts), std::vector<std::int64_t>(rows.size(), 1), device);
  std::vector<std::int64_t> token_slots;
  for (std::size_t b = 0; b < rows.size(); ++b) token_slots.insert(token_slots.end(), rows[b].size(), slots[b]);
  packed.slots = std::move(slots);
  packed.token_slots = index_tensor(token_slots, device);
  return packed;
}

std::vector<std::int64_t> table_places(std::span<const std::int64_t> counts, std::int64_t width) {
  std::vector<std::int64_t> places;
  std::int64_t next = 0;
  for (const std::int64_t count : counts) {
    for (std::int64_t t = 0; t < width; ++t) places.push_back(t < count ? next + t : 0);
    next += count;
  }
  return places;
}

std::vector<std::int64_t> table_cells(std::span<const std::int64_t> counts, std::int64_t width) {
  std::vector<std::int64_t> cells;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    for (std::int64_t t = 0; t < counts[b]; ++t) cells.push_back(static_cast<std::int64_t>(b) * width + t);
  }
  return cells;
}

PackedRows next_token_of_every_slot(at::Tensor ids, at::Tensor positions) {
  const auto count = static_cast<std::size_t>(ids.size(0));
  PackedRows rows;
  rows.token_slots = at::arange(ids.size(0), ids.options());
  rows.ids = std::move(ids);
  rows.positions = std::move(positions);
  rows.lengths.assign(count, 1);
  rows.tails.assign(count, 1);
  rows.every_slot = true;
  return rows;
}

}  // namespace dppo
