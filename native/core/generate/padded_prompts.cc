#include "generate/padded_prompts.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/graphed_callable.h"
#include "base/round_up.h"
#include "model/attention.h"

namespace dppo {

namespace {

// Numbers of tokens are multiples of this, so that batches share graphs.
constexpr std::int64_t kTokenUnit = 256;

// A pass over more tokens keeps a GPU busy by itself.
constexpr std::int64_t kMaxTokens = 4096;

}  // namespace

std::int64_t PaddedPrompts::tokens_of(const TokenRows& prompts) {
  std::int64_t tokens = 0;
  for (const auto& prompt : prompts) tokens += static_cast<std::int64_t>(prompt.size());
  return round_up(tokens, kTokenUnit);
}

PaddedPrompts::PaddedPrompts(std::int64_t count, std::int64_t tokens, std::int64_t capacity, c10::Device device)
    : tokens_(tokens),
      capacity_(capacity),
      // Three numbers for each token, one for each position of the batch, and for each prompt two cumulative lengths
      // and the index of its last token.
      memory_(3 * tokens + count * capacity + 2 * (count + 2) + count, device) {
  const auto next = [this](std::int64_t size) { return memory_.next(size); };
  rows_.ids = next(tokens);
  rows_.positions = next(tokens);
  rows_.padding = {capacity, next(count * capacity), next(tokens)};
  rows_.selected = next(count);
  rows_.cu_seqlens = next(count + 2);
  rows_.selected_cu_seqlens = next(count + 2);
  rows_.max_seqlen = std::max(capacity, kTokenUnit);
  rows_.lengths.assign(static_cast<std::size_t>(count), capacity);
  rows_.tails.assign(static_cast<std::size_t>(count), 1);
  rows_.starts.assign(static_cast<std::size_t>(count), 0);
}

void PaddedPrompts::fill(const TokenRows& prompts) {
  const std::vector<std::int64_t> ones(prompts.size(), 1);
  const RowNumbers packed = row_numbers(spans_of(prompts), {}, ones);
  std::vector<std::int64_t> numbers;
  append_padded(numbers, packed.ids, tokens_);
  append_padded(numbers, packed.positions, tokens_);
  append_padded(numbers, pad_indices(packed.lengths, capacity_), rows_.rows() * capacity_);
  append_padded(numbers, unpad_indices(packed.lengths, capacity_), tokens_);
  append_padded(numbers, packed.selected, rows_.rows());
  append_cumulative_lengths(numbers, packed.lengths, tokens_);
  // No pad is selected.
  append_cumulative_lengths(numbers, ones, rows_.rows());
  memory_.fill(numbers);
}

bool suits_padded_prompts(const CausalLM& lm, const TokenRows& prompts) {
  const bool has_graphs = lm.device().is_cuda() && has_cuda_graphs();
  if (!has_graphs || PaddedPrompts::tokens_of(prompts) > kMaxTokens) return false;
  // Padded attention would be as wide as the cache.
  if (!has_varlen_attention(lm.config(), at::TensorOptions(lm.device()).dtype(lm.compute_dtype()))) return false;
  return std::set(prompts.begin(), prompts.end()).size() == prompts.size();
}

}  // namespace dppo
