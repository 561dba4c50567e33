#include "generate/prefill.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/index_tensor.h"

namespace dppo {

namespace {

// A shorter common beginning saves less than the pass of its own costs.
constexpr std::size_t kShortestPrefix = 16;

// Tokens of one forward pass: enough for products at full speed, few enough to bound the memory of the hidden states
// and, on a CPU, the wait for a cancellation.
std::size_t tokens_per_pass(c10::Device device) { return device.is_cpu() ? 1024 : 4096; }

// The prompts without their repetitions.
struct Distinct {
  std::vector<std::int64_t> first;                // index of each distinct prompt
  std::vector<std::vector<std::int64_t>> copies;  // further indices of it
  std::vector<std::int64_t> of_prompt;            // which distinct prompt each prompt is
};

Distinct find_distinct(const TokenRows& prompts) {
  Distinct distinct;
  std::map<std::vector<std::int64_t>, std::int64_t> known;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const auto [entry, is_new] = known.emplace(prompts[i], static_cast<std::int64_t>(distinct.first.size()));
    distinct.of_prompt.push_back(entry->second);
    if (is_new) {
      distinct.first.push_back(index);
      distinct.copies.emplace_back();
    } else {
      distinct.copies[static_cast<std::size_t>(entry->second)].push_back(index);
    }
  }
  return distinct;
}

// Returns how many tokens all prompts begin with, leaving at least one token of each.
std::size_t common_prefix(const TokenSpans& prompts) {
  std::size_t length = prompts.front().size();
  for (const auto& prompt : prompts) {
    const auto end = std::ranges::mismatch(prompts.front().first(length), prompt).in1;
    length = static_cast<std::size_t>(end - prompts.front().begin());
    length = std::min(length, prompt.size() - 1);
  }
  return length;
}

// Computes the first tokens of a slot in passes of their own until at most `most` are left, so that the pieces of a
// long prompt depend on it alone and not on its neighbours.
void prefill_long(const CausalLM& lm, std::int64_t slot, std::size_t most, std::span<const std::int64_t>& tokens,
                  KvCache& cache) {
  for (; tokens.size() > most; tokens = tokens.subspan(most)) {
    check_cancelled();
    lm.hidden(pack_next_tokens({tokens.first(most)}, {cache.length(slot)}, {slot}, lm.device()), &cache);
  }
}

// Computes the tokens with which all prompts begin in the slot of the first prompt, copies them to the other slots, and
// leaves the tokens after them in `rest`.
void prefill_common_prefix(const CausalLM& lm, const std::vector<std::int64_t>& slots, TokenSpans& rest,
                           KvCache& cache) {
  const std::size_t prefix = rest.size() > 1 ? common_prefix(rest) : 0;
  if (prefix < kShortestPrefix) return;
  auto tokens = rest.front().first(prefix);
  prefill_long(lm, slots.front(), tokens_per_pass(lm.device()), tokens, cache);
  lm.hidden(pack_next_tokens({tokens}, {cache.length(slots.front())}, {slots.front()}, lm.device()), &cache);
  cache.copy(slots.front(), {slots.begin() + 1, slots.end()});
  for (auto& row : rest) row = row.subspan(prefix);
}

// Computes further tokens of each slot in passes of bounded size; returns the hidden states (slots, E) of the last
// ones.
at::Tensor prefill_rest(const CausalLM& lm, const std::vector<std::int64_t>& slots, TokenSpans rest, KvCache& cache) {
  const std::size_t most = tokens_per_pass(lm.device());
  std::vector<at::Tensor> last;
  for (std::size_t next = 0; next < rest.size();) {
    check_cancelled();
    TokenSpans rows;
    std::vector<std::int64_t> starts, row_slots;
    prefill_long(lm, slots[next], most, rest[next], cache);
    for (std::size_t tokens = 0; next < rest.size() && tokens + rest[next].size() <= most; ++next) {
      rows.push_back(rest[next]);
      row_slots.push_back(slots[next]);
      starts.push_back(cache.length(slots[next]));
      tokens += rest[next].size();
    }
    last.push_back(lm.hidden(pack_next_tokens(rows, std::move(starts), std::move(row_slots), lm.device()), &cache));
  }
  return at::cat(last);
}

}  // namespace

at::Tensor prefill_prompts(const CausalLM& lm, const TokenRows& prompts, KvCache& cache) {
  const Distinct distinct = find_distinct(prompts);
  TokenSpans rest;
  for (const std::int64_t index : distinct.first) rest.emplace_back(prompts[static_cast<std::size_t>(index)]);
  prefill_common_prefix(lm, distinct.first, rest, cache);
  const at::Tensor last = prefill_rest(lm, distinct.first, std::move(rest), cache);
  for (std::size_t i = 0; i < distinct.first.size(); ++i) cache.copy(distinct.first[i], distinct.copies[i]);
  return last.index_select(0, index_tensor(distinct.of_prompt, lm.device()));
}

}  // namespace dppo
