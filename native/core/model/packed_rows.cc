#include "model/packed_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <algorithm>
#include <numeric>

#include "base/index_tensor.h"

namespace dppo {

namespace {

PackedRows pack(const TokenSpans& rows, std::vector<std::int64_t> starts, std::vector<std::int64_t> tails,
                c10::Device device) {
  RowNumbers numbers = row_numbers(rows, starts, tails);
  if (tails.empty()) tails = numbers.lengths;
  PackedRows packed;
  packed.ids = index_tensor(numbers.ids, device);
  packed.positions = index_tensor(numbers.positions, device);
  if (tails != numbers.lengths) packed.selected = index_tensor(numbers.selected, device);
  if (device.is_cuda() && std::ranges::all_of(starts, [](std::int64_t start) { return start == 0; })) {
    packed.cu_seqlens = index_tensor(cumulative_lengths(numbers.lengths), device);
    if (packed.selected.defined()) packed.selected_cu_seqlens = index_tensor(cumulative_lengths(tails), device);
    packed.max_seqlen = std::ranges::max(numbers.lengths);
  }
  packed.lengths = std::move(numbers.lengths);
  packed.tails = std::move(tails);
  packed.starts = std::move(starts);
  return packed;
}

}  // namespace

at::Tensor PackedRows::select(const at::Tensor& x) const {
  return selected.defined() ? x.index_select(/*dim=*/0, selected) : x;
}

TokenSpans spans_of(const TokenRows& rows) { return {rows.begin(), rows.end()}; }

RowNumbers row_numbers(const TokenSpans& rows, std::span<const std::int64_t> starts,
                       std::span<const std::int64_t> tails) {
  RowNumbers numbers;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto length = static_cast<std::int64_t>(rows[b].size());
    const std::int64_t start = starts.empty() ? 0 : starts[b];
    numbers.ids.insert(numbers.ids.end(), rows[b].begin(), rows[b].end());
    for (std::int64_t t = 0; t < length; ++t) numbers.positions.push_back(start + t);
    numbers.lengths.push_back(length);
    const auto end = static_cast<std::int64_t>(numbers.ids.size());
    for (std::int64_t i = end - (tails.empty() ? length : tails[b]); i < end; ++i) {
      numbers.selected.push_back(i);
    }
  }
  return numbers;
}

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

std::vector<std::int64_t> pad_indices(std::span<const std::int64_t> counts, std::int64_t width) {
  std::vector<std::int64_t> indices;
  std::int64_t next = 0;
  for (const std::int64_t count : counts) {
    for (std::int64_t t = 0; t < width; ++t) indices.push_back(t < count ? next + t : 0);
    next += count;
  }
  return indices;
}

std::vector<std::int64_t> unpad_indices(std::span<const std::int64_t> counts, std::int64_t width) {
  std::vector<std::int64_t> indices;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    for (std::int64_t t = 0; t < counts[b]; ++t) indices.push_back(static_cast<std::int64_t>(b) * width + t);
  }
  return indices;
}

std::vector<std::int64_t> cumulative_lengths(std::span<const std::int64_t> counts) {
  std::vector<std::int64_t> lengths{0};
  for (const std::int64_t count : counts) lengths.push_back(lengths.back() + count);
  return lengths;
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
