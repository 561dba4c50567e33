#include "generate/padded_prompts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/index_tensor.h"
#include "base/recording.h"
#include "base/round_up.h"
#include "model/attention.h"

namespace dppo {

namespace {

// Numbers of tokens are multiples of this, so that batches share records.
constexpr std::int64_t kTokenUnit = 256;

// A pass over more tokens keeps a GPU busy by itself.
constexpr std::int64_t kMostTokens = 4096;

}  // namespace

std::int64_t PaddedPrompts::tokens_of(const TokenRows& prompts) {
  std::int64_t tokens = 0;
  for (const auto& prompt : prompts) tokens += static_cast<std::int64_t>(prompt.size());
  return round_up(tokens, kTokenUnit);
}

PaddedPrompts::PaddedPrompts(std::int64_t count, std::int64_t tokens, std::int64_t capacity, c10::Device device)
    : tokens_(tokens), capacity_(capacity) {
  const std::int64_t cells = count * capacity, bounds = count + 2;
  numbers_ = at::zeros({3 * tokens + cells + 2 * bounds + count}, at::TensorOptions().device(device).dtype(at::kLong));
  std::int64_t start = 0;
  const auto next = [&](std::int64_t size) {
    start += size;
    return numbers_.narrow(0, start - size, size);
  };
  rows_.ids = next(tokens);
  rows_.positions = next(tokens);
  rows_.table = {capacity, next(cells), next(tokens)};
  rows_.wanted = next(count);
  rows_.bounds = next(bounds);
  rows_.wanted_bounds = next(bounds);
  rows_.longest = std::max(capacity, kTokenUnit);
  rows_.lengths.assign(static_cast<std::size_t>(count), capacity);
  rows_.tails.assign(static_cast<std::size_t>(count), 1);
  rows_.starts.assign(static_cast<std::size_t>(count), 0);
}

void PaddedPrompts::fill(const TokenRows& prompts) {
  const std::vector<std::int64_t> ones(prompts.size(), 1);
  const RowNumbers packed = row_numbers(spans_of(prompts), {}, ones);
  std::vector<std::int64_t> numbers;
  numbers.reserve(static_cast<std::size_t>(numbers_.numel()));
  const auto append = [&numbers](const std::vector<std::int64_t>& values, std::int64_t size) {
    numbers.insert(numbers.end(), values.begin(), values.end());
    numbers.insert(numbers.end(), static_cast<std::size_t>(size) - values.size(), 0);
  };
  // The pads are a row of their own, of which no token is wanted.
  const auto append_bounds = [&numbers](const std::vector<std::int64_t>& counts, std::int64_t end) {
    const std::vector<std::int64_t> bounds = row_bounds(counts);
    numbers.insert(numbers.end(), bounds.begin(), bounds.end());
    numbers.push_back(end);
  };
  append(packed.ids, tokens_);
  append(packed.positions, tokens_);
  append(table_places(packed.lengths, capacity_), rows_.rows() * capacity_);
  append(table_cells(packed.lengths, capacity_), tokens_);
  append(packed.wanted, rows_.rows());
  append_bounds(packed.lengths, tokens_);
  append_bounds(ones, rows_.rows());
  numbers_.copy_(index_tensor(numbers, numbers_.device()));
}

bool suits_padded_prompts(const CausalLM& lm, const TokenRows& prompts) {
  const bool has_records = lm.device().is_cuda() && has_recordings();
  if (!has_records || PaddedPrompts::tokens_of(prompts) > kMostTokens) return false;
  // With pads, the rows of the table would be as wide as the cache.
  if (!has_packed_attention(lm.config(), at::TensorOptions(lm.device()).dtype(lm.compute_dtype()))) return false;
  return std::set(prompts.begin(), prompts.end()).size() == prompts.size();
}

}  // namespace dppo
