#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <mutex>

#include "base/cancel.h"
#include "base/parallel.h"
#include "generate/loops.h"
#include "generate/prefill.h"
#include "generate/sampler.h"
#include "kernel/draw.h"
#include "model/thread_ranges.h"

namespace dppo {

namespace {

// One prompt and its continuation.
struct Row {
  std::int64_t index;                // place among all prompts
  std::int64_t slot;                 // of the cache
  std::vector<std::int64_t> tokens;  // prompt, then new tokens
  std::int64_t prompt_length;
  RandomStream random;

  std::int64_t generated() const { return static_cast<std::int64_t>(tokens.size()) - prompt_length; }
};

// Broken weights give NaN or no finite logit at all.
void check_logits(std::span<const float> logits, std::int64_t prompt) {
  const bool broken = std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); });
  if (broken || !std::isfinite(*std::ranges::max_element(logits))) throw_nonfinite_logits(prompt);
}

KvCache cache_for(const CausalLM& lm, const TokenRows& prompts, std::int64_t new_tokens) {
  return {lm.config(), static_cast<std::int64_t>(prompts.size()), longest_prompt(prompts) + new_tokens,
          at::TensorOptions().device(lm.device()).dtype(lm.compute_dtype())};
}

// Generates the rows of some prompts that follow each other, of which `first` is the place among all prompts.
class HostLoop {
 public:
  HostLoop(const CausalLM& lm, TokenRows prompts, std::int64_t first, const GenerateOptions& options,
           const TokenCallback& on_token)
      : lm_(lm),
        prompts_(std::move(prompts)),
        options_(options),
        on_token_(on_token),
        results_(prompts_.size()),
        cache_(cache_for(lm, prompts_, options.max_new_tokens)) {
    for (std::size_t i = 0; i < prompts_.size(); ++i) {
      const auto slot = static_cast<std::int64_t>(i);
      rows_.push_back({first + slot, slot, prompts_[i], static_cast<std::int64_t>(prompts_[i].size()),
                       stream_of(options, static_cast<std::size_t>(first) + i)});
    }
  }

  TokenRows run() {
    at::Tensor last = prefill_prompts(lm_, prompts_, cache_);  // (B, E), of the last token of each row
    for (;;) {
      draw_tokens(last);
      retire_rows();
      if (rows_.empty()) return std::move(results_);
      check_cancelled();
      last = lm_.hidden(last_tokens(), &cache_);
    }
  }

 private:
  std::int64_t choose(Row& row, std::span<float> logits) const {
    check_logits(logits, row.index);
    process_logits(logits, {row.tokens, row.generated()}, options_);
    if (!options_.do_sample) return argmax(logits);
    warp_logits(logits, options_);
    return kernel::draw_index(logits, row.random.next_uniform());
  }

  // Appends a new token to every row.
  void draw_tokens(const at::Tensor& last) {
    at::Tensor logits = lm_.logits(last).to(at::kFloat).contiguous();
    const auto vocabulary = static_cast<std::size_t>(logits.size(1));
    float* values = logits.mutable_data_ptr<float>();
    const auto count = static_cast<std::int64_t>(rows_.size());
    parallel_for(count, /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        rows_[i].tokens.push_back(choose(rows_[i], {values + i * vocabulary, vocabulary}));
      }
    });
    if (!on_token_) return;
    for (const Row& row : rows_) on_token_(row.index, row.tokens.back());
  }

  bool has_ended(const Row& row) const {
    return row.generated() == options_.max_new_tokens || is_end(options_, row.tokens.back());
  }

  // Moves the rows that have ended to the results; they cost nothing more.
  void retire_rows() {
    std::vector<Row> going;
    for (Row& row : rows_) {
      if (has_ended(row)) {
        results_[static_cast<std::size_t>(row.slot)].assign(row.tokens.begin() + row.prompt_length, row.tokens.end());
      } else {
        going.push_back(std::move(row));
      }
    }
    rows_ = std::move(going);
  }

  // Returns the last token of each row, which is not in the cache yet.
  PackedRows last_tokens() const {
    TokenSpans tokens;
    std::vector<std::int64_t> starts, slots;
    for (const Row& row : rows_) {
      tokens.emplace_back(&row.tokens.back(), 1);
      starts.push_back(cache_.length(row.slot));
      slots.push_back(row.slot);
    }
    return pack_next_tokens(tokens, std::move(starts), std::move(slots), lm_.device());
  }

  const CausalLM& lm_;
  const TokenRows prompts_;
  const GenerateOptions& options_;
  const TokenCallback& on_token_;
  std::vector<Row> rows_;
  TokenRows results_;
  KvCache cache_;  // slot i belongs to the prompt i
};

}  // namespace

TokenRows generate_on_host(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                           const TokenCallback& on_token) {
  std::vector<std::int64_t> lengths = lengths_of(prompts);
  for (std::int64_t& length : lengths) length += options.max_new_tokens;
  const std::vector<Range> ranges = thread_ranges(lm, lengths, /*autocast=*/false);
  std::mutex telling;
  TokenCallback tell;
  if (on_token) {
    tell = [&](std::int64_t row, std::int64_t token) {
      const std::lock_guard lock(telling);
      on_token(row, token);
    };
  }
  std::vector<TokenRows> parts(ranges.size());
  parallel_ranges(ranges, [&](std::size_t i, const Range& range) {
    TokenRows own(prompts.begin() + range.begin, prompts.begin() + range.end);
    parts[i] = HostLoop(lm, std::move(own), range.begin, options, tell).run();
  });
  TokenRows results;
  for (TokenRows& part : parts) std::ranges::move(part, std::back_inserter(results));
  return results;
}

}  // namespace dppo
