#include "model/token_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "base/error.h"

namespace dppo {

std::vector<std::int64_t> lengths_of(std::span<const std::vector<std::int64_t>> rows) {
  std::vector<std::int64_t> lengths;
  for (const auto& row : rows) lengths.push_back(static_cast<std::int64_t>(row.size()));
  return lengths;
}

void check_tokens(const std::string& name, std::span<const std::int64_t> tokens, const ModelConfig& model) {
  if (tokens.empty()) throw Error(ErrorKind::kShape, name + " is empty");
  for (const std::int64_t id : tokens) {
    if (id >= 0 && id < model.vocab_size) continue;
    throw Error(ErrorKind::kShape, name + " holds the token id " + std::to_string(id) + ", outside the vocabulary of " +
                                       std::to_string(model.vocab_size));
  }
}

void check_length(const std::string& name, std::size_t count, const ModelConfig& model) {
  if (static_cast<std::int64_t>(count) <= model.max_positions) return;
  throw Error(ErrorKind::kShape, name + " has " + std::to_string(count) + " tokens; the model has " +
                                     std::to_string(model.max_positions) + " positions");
}

void check_rows(const TokenRows& rows, const ModelConfig& model) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string name = "row " + std::to_string(i);
    check_tokens(name, rows[i], model);
    check_length(name, rows[i].size(), model);
  }
}

at::Tensor place_masks(const TokenMasks& masks, const std::vector<std::int64_t>& starts, std::int64_t width) {
  at::Tensor placed = at::zeros({static_cast<std::int64_t>(masks.size()), width}, at::kBool);
  auto* out = placed.mutable_data_ptr<bool>();
  for (std::size_t i = 0; i < masks.size(); ++i) {
    bool* row = out + static_cast<std::int64_t>(i) * width + starts[i];
    std::ranges::transform(masks[i], row, [](std::uint8_t entry) { return entry != 0; });
  }
  return placed;
}

}  // namespace dppo
