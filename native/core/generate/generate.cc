#include "generate/generate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "generate/sampler.h"
#include "model/kv_cache.h"

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
  if (!(options.temperature > 0.0)) fail("temperature must be above 0");
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

  TokenRows run() {
    prefill();
    for (;;) {
      draw_tokens();
      retire_rows();
      if (rows_.empty()) return std::move(results_);
      if (cancel_ != nullptr) cancel_->check();
      mask_ = at::cat({mask_, at::ones({mask_.size(0), 1}, mask_.options())}, /*dim=*/1);
      last_ = lm_.hidden(last_tokens(), mask_, cache_.get()).select(/*dim=*/1, 0);  // (B, E)
    }
  }

 private:
  // Runs the left-padded prompts through the model once.
  void prefill() {
    TokenRows prompts;
    for (const Row& row : rows_) prompts.push_back(row.tokens);
    const PaddedRows padded = pad_rows(prompts, PadSide::kLeft);
    const std::int64_t width = padded.ids.size(1);
    mask_ = padded.mask.to(lm_.device());
    const auto options = at::TensorOptions().device(lm_.device()).dtype(lm_.dtype());
    cache_ = std::make_unique<KvCache>(lm_.config(), padded.ids.size(0), width + options_.max_new_tokens, options);
    last_ = lm_.hidden(padded.ids.to(lm_.device()), mask_, cache_.get()).select(/*dim=*/1, width - 1);
  }

  std::int64_t choose(Row& row, std::span<float> logits) const {
    process_logits(logits, {row.tokens, row.generated()}, options_);
    if (!std::isfinite(*std::ranges::max_element(logits))) {
      throw Error(ErrorKind::kConfig, "minNewTokens " + std::to_string(options_.min_new_tokens) +
                                          " leaves no token to draw: every id is an end or stop id");
    }
    if (!options_.do_sample) return best(logits);
    warp_logits(logits, options_);
    return draw(logits, row.random.next_uniform());
  }

  // Appends a new token to every row.
  void draw_tokens() {
    // On the CPU in float32 whatever the model's device and type, so that the draws are the same everywhere.
    at::Tensor logits = lm_.logits(last_).to(at::kCPU, at::kFloat).contiguous().clone();
    const auto vocabulary = static_cast<std::size_t>(logits.size(1));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      const std::span<float> view(logits[static_cast<std::int64_t>(i)].mutable_data_ptr<float>(), vocabulary);
      check_logits(view, row.index);
      row.tokens.push_back(choose(row, view));
      if (on_token_) on_token_(row.index, row.tokens.back());
    }
  }

  bool has_ended(const Row& row) const {
    const std::int64_t last = row.tokens.back();
    return row.generated() == options_.max_new_tokens || contains(options_.end_ids, last) ||
           contains(options_.stop_ids, last);
  }

  // Moves the rows that have ended to the results; they cost nothing more.
  void retire_rows() {
    std::vector<Row> going;
    std::vector<std::int64_t> kept;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      if (has_ended(row)) {
        results_[static_cast<std::size_t>(row.index)].assign(row.tokens.begin() + row.prompt, row.tokens.end());
        continue;
      }
      kept.push_back(static_cast<std::int64_t>(i));
      going.push_back(std::move(row));
    }
    if (kept.size() < rows_.size() && !kept.empty()) {
      const at::Tensor index = at::tensor(kept, at::kLong).to(mask_.device());
      mask_ = mask_.index_select(/*dim=*/0, index);
      cache_->select_rows(index);
    }
    rows_ = std::move(going);
  }

  // Returns the last token of each row, (B, 1).
  at::Tensor last_tokens() const {
    std::vector<std::int64_t> tokens;
    for (const Row& row : rows_) tokens.push_back(row.tokens.back());
    return at::tensor(tokens, at::kLong).to(mask_.device()).unsqueeze(1);
  }

  const CausalLM& lm_;
  const GenerateOptions& options_;
  const CancelFlag* cancel_;
  const TokenCallback& on_token_;
  std::vector<Row> rows_;
  TokenRows results_;
  std::unique_ptr<KvCache> cache_;
  at::Tensor mask_;  // (B, columns so far) bool
  at::Tensor last_;  // (B, E) hidden state of the last column
};

}  // namespace

TokenRows generate(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                   const CancelFlag* cancel, const TokenCallback& on_token) {
  check_options(lm, prompts, options);
  check_prompts(lm, prompts, options);
  if (prompts.empty()) return {};
  const at::NoGradGuard no_grad;
  return Loop(lm, prompts, options, cancel, on_token).run();
}

}  // namespace dppo
