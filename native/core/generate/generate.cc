#include "generate/generate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
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

void check_options(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options) {
  const auto fail = [](const std::string& what) { throw Error(ErrorKind::kConfig, what); };
  if (options.max_new_tokens < 1) fail("maxNewTokens must be at least 1");
  // As it is used: a number that is not 0 in float64 can be 0 in float32.
  if (!(static_cast<float>(options.temperature) > 0.0F)) fail("temperature must be above 0");
  if (options.top_k < 0) fail("topK must be at least 0");
  if (!(options.top_p > 0.0 && options.top_p <= 1.0)) fail("topP must be in (0, 1]");
  if (!(options.repetition_penalty > 0.0)) fail("repetitionPenalty must be above 0");
  if (!options.streams.empty() && options.streams.size() != prompts.size()) {
    fail("expected one random stream a prompt");
  }
  const std::int64_t vocabulary = lm.config().vocab_size;
  for (const auto* ids : {&options.end_ids, &options.stop_ids}) {
    for (const std::int64_t id : *ids) {
      if (id < 0 || id >= vocabulary) fail("end id " + std::to_string(id) + " lies outside the vocabulary");
    }
  }
}

void check_prompts(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options) {
  const std::int64_t limit = lm.config().max_positions;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string name = "prompt " + std::to_string(i);
    check_tokens(name, prompts[i], lm.config());
    const auto length = static_cast<std::int64_t>(prompts[i].size());
    if (length + options.max_new_tokens <= limit) continue;
    throw Error(ErrorKind::kConfig, name + " has " + std::to_string(length) + " tokens; with " +
                                        std::to_string(options.max_new_tokens) + " new ones it exceeds the model's " +
                                        std::to_string(limit) + " positions");
  }
}

// Broken weights give NaN or no finite logit at all.
void check_logits(std::span<const float> logits, std::int64_t prompt) {
  const bool broken = std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); });
  if (!broken && std::isfinite(*std::ranges::max_element(logits))) return;
  throw Error(ErrorKind::kInternal, "the model's logits are not finite for prompt " + std::to_string(prompt));
}

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) { return std::ranges::find(ids, id) != ids.end(); }

class Loop {
 public:
  Loop(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options, const CancelFlag* cancel,
       const TokenCallback& on_token)
      : lm_(lm), options_(options), cancel_(cancel), on_token_(on_token), results_(prompts.size()) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const auto [seed, stream] =
          options.streams.empty() ? std::pair<std::uint64_t, std::uint64_t>(0, i) : options.streams[i];
      rows_.push_back({static_cast<std::int64_t>(i), prompts[i], static_cast<std::int64_t>(prompts[i].size()),
                       RandomStream(seed, stream)});
    }
  }

  TokenRows run(const TokenRows& prompts) {
    Prefill prefill = prefill_prompts(lm_, prompts, options_.max_new_tokens, cancel_);
    cache_ = std::move(prefill.cache);
    at::Tensor last = std::move(prefill.last);  // (B, E) hidden state of the last token of each row
    for (;;) {
      draw_tokens(last);
      retire_rows();
      if (rows_.empty()) return std::move(results_);
      if (cancel_ != nullptr) cancel_->check();
      last = lm_.hidden(last_tokens(), cache_.get());
    }
  }

 private:
  std::int64_t choose(Row& row, std::span<float> logits) const {
    check_logits(logits, row.index);
    process_logits(logits, {row.tokens, row.generated()}, options_);
    if (!std::isfinite(*std::ranges::max_element(logits))) {
      throw Error(ErrorKind::kConfig, "minNewTokens " + std::to_string(options_.min_new_tokens) +
                                          " leaves no token to draw: every id is an end or stop id");
    }
    if (!options_.do_sample) return best(logits);
    warp_logits(logits, options_);
    return kernel::draw_index(logits, row.random.next_uniform());
  }

  // Appends a new token to every row.
  void draw_tokens(const at::Tensor& last) {
    // On the CPU in float32 whatever the model's device and type, so that the draws are the same everywhere.
    at::Tensor logits = lm_.logits(last).to(at::kCPU, at::kFloat).contiguous();
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
    const std::int64_t last = row.tokens.back();
    return row.generated() == options_.max_new_tokens || contains(options_.end_ids, last) ||
           contains(options_.stop_ids, last);
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
      starts.push_back(cache_->length(row.index));
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
  std::unique_ptr<KvCache> cache_;  // slot i belongs to the prompt i
};

}  // namespace

TokenRows generate(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                   const CancelFlag* cancel, const TokenCallback& on_token) {
  check_options(lm, prompts, options);
  check_prompts(lm, prompts, options);
  if (prompts.empty()) return {};
  const at::NoGradGuard no_grad;
  return Loop(lm, prompts, options, cancel, on_token).run(prompts);
}

}  // namespace dppo
