#include "lm/padded_targets.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <ranges>

#include "base/round_up.h"

namespace dppo {

namespace {

// Numbers of tokens are multiples of this.
constexpr std::int64_t kTokenUnit = 256;

// Returns how many numbers the tensors of a shape have.
std::int64_t numbers_of(const PassShape& shape) {
  const std::int64_t padded = shape.rows * (shape.width + shape.selected_width);
  const std::int64_t cu_seqlens = (shape.rows + 2) * (shape.selected > 0 ? 2 : 1);
  return 3 * shape.tokens + padded + 2 * shape.selected + cu_seqlens + 2 * shape.predicted;
}

}  // namespace

PassShape shape_of(const TargetRows& rows) {
  const auto size = [](const auto& row) { return static_cast<std::int64_t>(row.size()); };
  PassShape shape;
  shape.rows = size(rows.inputs);
  shape.width = round_up(std::ranges::max(rows.inputs | std::views::transform(size)), kWidthUnit);
  // With at least one pad, so that the selected tokens among the pads have a key in attention.
  shape.tokens = round_up(rows.tokens() + 1, kTokenUnit);
  shape.predicted = round_up(size(rows.next), kPredictedUnit);
  if (rows.tails.empty()) return shape;
  shape.selected_width = round_up(std::ranges::max(rows.tails), kWidthUnit);
  shape.selected = round_up(rows.selected(), kPredictedUnit);
  shape.tokens = std::max(shape.tokens, round_up(shape.selected + 1, kTokenUnit));
  return shape;
}

PaddedTargets::PaddedTargets(const PassShape& shape, c10::Device device)
    : shape_(shape), memory_(numbers_of(shape), device) {
  const std::int64_t padded = shape.rows * shape.width, selected_padded = shape.rows * shape.selected_width;
  const auto next = [this](std::int64_t count) { return memory_.next(count); };
  PackedRows& inputs = targets_.inputs;
  inputs.ids = next(shape.tokens);
  inputs.positions = next(shape.tokens);
  inputs.padding = {shape.width, next(padded), next(shape.tokens)};
  inputs.cu_seqlens = next(shape.rows + 2);
  if (shape.selected > 0) {
    inputs.selected = next(shape.selected);
    inputs.selected_padding = {shape.selected_width, next(selected_padded), next(shape.selected)};
    inputs.selected_cu_seqlens = next(shape.rows + 2);
  }
  // The pads, which are one row, are fewer than two units.
  inputs.max_seqlen = std::max(shape.width, 2 * kTokenUnit);
  targets_.counted = next(shape.predicted);
  targets_.next = next(shape.predicted);
  const auto count = static_cast<std::size_t>(shape.rows);
  inputs.lengths.assign(count, shape.width);
  inputs.tails.assign(count, shape.selected > 0 ? shape.selected_width : shape.width);
  inputs.starts.assign(count, 0);
}

void PaddedTargets::fill(const TargetRows& rows) {
  const RowNumbers packed = row_numbers(rows.inputs, {}, rows.tails);
  std::vector<std::int64_t> numbers;
  append_padded(numbers, packed.ids, shape_.tokens);
  append_padded(numbers, packed.positions, shape_.tokens);
  append_padded(numbers, pad_indices(packed.lengths, shape_.width), shape_.rows * shape_.width);
  append_padded(numbers, unpad_indices(packed.lengths, shape_.width), shape_.tokens);
  append_cumulative_lengths(numbers, packed.lengths, shape_.tokens);
  if (shape_.selected > 0) {
    append_padded(numbers, packed.selected, shape_.selected);
    append_padded(numbers, pad_indices(rows.tails, shape_.selected_width), shape_.rows * shape_.selected_width);
    append_padded(numbers, unpad_indices(rows.tails, shape_.selected_width), shape_.selected);
    append_cumulative_lengths(numbers, rows.tails, shape_.selected);
  }
  append_padded(numbers, rows.counted, shape_.predicted);
  append_padded(numbers, rows.next, shape_.predicted);
  memory_.fill(numbers);
}

}  // namespace dppo
