// Rows of token ids of unequal length: the checks every caller needs, and their masks as one tensor.
// Letters: B rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/names.h"
#include "model/config.h"

namespace dppo {

using TokenRows = std::vector<std::vector<std::int64_t>>;

// One 0/1 entry per token.
using TokenMasks = std::vector<std::vector<std::uint8_t>>;

// Returns the number of tokens of each row.
std::vector<std::int64_t> lengths_of(std::span<const std::vector<std::int64_t>> rows);

enum class PadSide { kRight, kLeft };

template <>
struct EnumNames<PadSide> {
  static constexpr NamedValue<PadSide> kAll[] = {{"right", PadSide::kRight}, {"left", PadSide::kLeft}};
};

// Checks that `tokens` is not empty and that every id is inside the model's vocabulary.
// Throws Error(kShape) with a message that begins with `name`, such as "row 3".
void check_tokens(const std::string& name, std::span<const std::int64_t> tokens, const ModelConfig& model);

// Checks that `count` tokens do not exceed the model's positions. Throws Error(kShape) as above.
void check_length(const std::string& name, std::size_t count, const ModelConfig& model);

// Applies both checks to each row, under the names "row 0", "row 1" and so on.
void check_rows(const TokenRows& rows, const ModelConfig& model);

// Returns a (B, width) bool tensor on the CPU that holds masks[i] from column starts[i] on and false elsewhere.
at::Tensor place_masks(const TokenMasks& masks, const std::vector<std::int64_t>& starts, std::int64_t width);

}  // namespace dppo
