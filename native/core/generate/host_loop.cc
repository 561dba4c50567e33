#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

#include "generate/loops.h"
#include "generate/prefill.h"
#include "generate/sampler.h"
#include "kernel/draw.h"
#include "kernel/parallel.h"

namespace dppo {

namespace {

// One prompt and its continuation.
struct Row {
  std::int64_t index;                // place in the result
  std::vector<std::int64_t> tokens;  // prompt, then new tokens
  std::int64_t prompt;               // length of the prompt
  RandomStream random;

  std::int64_t generated() const { return static_cast<std::int64_t>(tokens.size()) - prompt; }
};

// Broken weights give NaN or no finite logit at all.
void check_logits(std::span<const float> logits, std::int64_t prompt) {
  const bool broken = std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); });
  if (broken || !std::isfinite(*std::ranges::max_element(logits))) throw_broken_logits(prompt);
}

KvCache cache_for(const CausalLM& lm, const TokenRows& prompts, std::int64_t new_tokens) {
  return {lm.config(), static_cast<std::int64_t>(prompts.size()), longest_prompt(prompts) + new_tokens,
          at::TensorOptions().device(lm.device()).dtype(lm.compute_dtype())};
}

class Loop {
 public:
  Loop(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options, const CancelFlag* cancel,
       const TokenCallback& on_token)
      : lm_(lm),
        options_(options),
        cancel_(cancel),
        on_token_(on_token),
        results_(prompts.size()),
        cache_(cache_for(lm, prompts, options.max_new_tokens)) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      rows_.push_back({static_cast<std::int64_t>(i), prompts[i], static_cast<std::int64_t>(prompts[i].size()),
                       stream_of(options, i)});
    }
  }

  TokenRows run(const TokenRows& prompts) {
    at::Tensor last = prefill_prompts(lm_, prompts, cache_, cancel_);  // (B, E), of the last token of each row
    for (;;) {
      draw_tokens(last);
      retire_rows();
      if (rows_.empty()) return std::move(results_);
      if (cancel_ != nullptr) cancel_->check();
      last = lm_.hidden(last_tokens(), &cache_);
    }
  }

 private:
  std::int64_t choose(Row& row, std::span<float> logits) const {
    check_logits(logits, row.index);
    process_logits(logits, {row.tokens, row.generated()}, options_);
    if (!options_.do_sample) return best(logits);
    warp_logits(logits, options_);
    return kernel::draw_index(logits, row.random.next_uniform());
  }

  // Appends a new token to every row.
  void draw_tokens(const at::Tensor& last) {
    at::Tensor logits = lm_.logits(last).to(at::kFloat).contiguous();
    const auto vocabulary = static_cast<std::size_t>(logits.size(1));
    float* values = logits.mutable_data_ptr<float>();
    const auto count = static_cast<std::int64_t>(rows_.size());
    kernel::parallel_ranges(count, /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
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
        results_[static_cast<std::size_t>(row.index)].assign(row.tokens.begin() + row.prompt, row.tokens.end());
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
      starts.push_back(cache_.length(row.index));
      slots.push_back(row.index);
    }
    return pack_next_tokens(tokens, std::move(starts), std::move(slots), lm_.device());
  }

  const CausalLM& lm_;
  const GenerateOptions& options_;
  const CancelFlag* cancel_;
  const TokenCallback& on_token_;
  std::vector<Row> rows_;
  TokenRows results_;
  KvCache cache_;  // slot i belongs to the prompt i
};

}  // namespace

TokenRows generate_on_host(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                           const CancelFlag* cancel, const TokenCallback& on_token) {
  return Loop(lm, prompts, options, cancel, on_token).run(prompts);
}

}  // namespace dppo
