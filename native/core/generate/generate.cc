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

// One prompt and what has been written for it.
struct Row {
  std::int64_t index;                // place in the result
  std::vector<std::int64_t> tokens;  // prompt, then new tokens
  std::int64_t prompt;               // length of the prompt
  RandomStream random;
};

void check_options(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& prompts,
                   const GenerateOptions& options) {
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

void check_prompts(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& prompts,
                   const GenerateOptions& options) {
  const std::int64_t limit = lm.config().max_positions;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string name = "prompt " + std::to_string(i);
    if (prompts[i].empty()) throw Error(ErrorKind::kShape, name + " is empty");
    const auto length = static_cast<std::int64_t>(prompts[i].size());
    if (length + options.max_new_tokens > limit) {
      throw Error(ErrorKind::kConfig, name + " has " + std::to_string(length) + " tokens; with " +
                                          std::to_string(options.max_new_tokens) + " new ones it exceeds the model's " +
                                          std::to_string(limit) + " positions");
    }
    for (const std::int64_t id : prompts[i]) {
      if (id < 0 || id >= lm.config().vocab_size) {
        throw Error(ErrorKind::kShape, name + " holds the token id " + std::to_string(id) +
                                           ", outside the vocabulary of " + std::to_string(lm.config().vocab_size));
      }
    }
  }
}

class Loop {
 public:
  Loop(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& prompts, const GenerateOptions& options,
       const CancelFlag* cancel, const TokenCallback& on_token)
      : lm_(lm), options_(options), cancel_(cancel), on_token_(on_token), results_(prompts.size()) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const auto [seed, stream] =
          options.streams.empty() ? std::pair<std::uint64_t, std::uint64_t>(0, i) : options.streams[i];
      rows_.push_back({static_cast<std::int64_t>(i), prompts[i], static_cast<std::int64_t>(prompts[i].size()),
                       RandomStream(seed, stream)});
    }
  }

  std::vector<std::vector<std::int64_t>> run() {
    prefill();
    for (;;) {
      const at::Tensor next = choose();
      if (rows_.empty()) return std::move(results_);
      if (cancel_ != nullptr) cancel_->check();
      mask_ = at::cat({mask_, at::ones({mask_.size(0), 1}, mask_.options())}, /*dim=*/1);
      last_ = lm_.hidden(next, mask_, cache_.get()).select(/*dim=*/1, 0);  // (B, E)
    }
  }

 private:
  // Left-pads the prompts and runs them through the model once.
  void prefill() {
    std::int64_t width = 0;
    for (const Row& row : rows_) width = std::max(width, row.prompt);
    const auto batch = static_cast<std::int64_t>(rows_.size());
    at::Tensor ids = at::zeros({batch, width}, at::kLong);
    at::Tensor mask = at::zeros({batch, width}, at::kBool);
    for (std::int64_t i = 0; i < batch; ++i) {
      const Row& row = rows_[static_cast<std::size_t>(i)];
      const std::int64_t pad = width - row.prompt;
      ids[i].narrow(0, pad, row.prompt).copy_(at::tensor(row.tokens, at::kLong));
      mask[i].narrow(0, pad, row.prompt).fill_(true);
    }
    const at::Tensor& weight = lm_.parameters().front().second;
    mask_ = mask.to(weight.device());
    cache_ = std::make_unique<KvCache>(lm_.config(), batch, width + options_.max_new_tokens, weight.options());
    last_ = lm_.hidden(ids.to(weight.device()), mask_, cache_.get()).select(/*dim=*/1, width - 1);
  }

  std::int64_t choose_for(Row& row, std::span<float> logits) {
    const std::int64_t generated = static_cast<std::int64_t>(row.tokens.size()) - row.prompt;
    process_logits(logits, {row.tokens, generated}, options_);
    if (!options_.do_sample) return best(logits);
    warp_logits(logits, options_);
    return draw(logits, row.random.next_uniform());
  }

  bool ends(std::int64_t token) const {
    return std::ranges::find(options_.end_ids, token) != options_.end_ids.end() ||
           std::ranges::find(options_.stop_ids, token) != options_.stop_ids.end();
  }

  // Draws a token for every row, retires those that have ended, and returns the others' tokens (B, 1).
  at::Tensor choose() {
    // On the CPU in float32 whatever the model's device and type, so that the draws are the same everywhere.
    at::Tensor logits = lm_.logits(last_).to(at::kCPU, at::kFloat).contiguous().clone();
    std::vector<Row> going;
    std::vector<std::int64_t> kept;
    std::vector<std::int64_t> tokens;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      auto* values = logits[static_cast<std::int64_t>(i)].mutable_data_ptr<float>();
      const std::span<float> view(values, static_cast<std::size_t>(logits.size(1)));
      const bool broken = std::ranges::any_of(view, [](float logit) { return std::isnan(logit); });
      if (broken || !std::isfinite(*std::ranges::max_element(view))) {
        throw Error(ErrorKind::kInternal, "the model's logits are not finite for prompt " + std::to_string(row.index));
      }
      const std::int64_t token = choose_for(row, view);
      row.tokens.push_back(token);
      if (on_token_) on_token_(row.index, token);
      const std::int64_t generated = static_cast<std::int64_t>(row.tokens.size()) - row.prompt;
      if (ends(token) || generated == options_.max_new_tokens) {
        results_[static_cast<std::size_t>(row.index)].assign(row.tokens.begin() + row.prompt, row.tokens.end());
        continue;
      }
      kept.push_back(static_cast<std::int64_t>(i));
      tokens.push_back(token);
      going.push_back(std::move(row));
    }
    shrink(kept);
    rows_ = std::move(going);
    return at::tensor(tokens, at::kLong).to(mask_.device()).unsqueeze(1);
  }

  // Rows that have ended cost nothing more.
  void shrink(const std::vector<std::int64_t>& kept) {
    if (kept.size() == rows_.size() || kept.empty()) return;
    const at::Tensor index = at::tensor(kept, at::kLong).to(mask_.device());
    mask_ = mask_.index_select(/*dim=*/0, index);
    cache_->select_rows(index);
  }

  const CausalLM& lm_;
  const GenerateOptions& options_;
  const CancelFlag* cancel_;
  const TokenCallback& on_token_;
  std::vector<Row> rows_;
  std::vector<std::vector<std::int64_t>> results_;
  std::unique_ptr<KvCache> cache_;
  at::Tensor mask_;  // (B, columns so far) bool
  at::Tensor last_;  // (B, E) hidden state of the last column
};

}  // namespace

std::vector<std::vector<std::int64_t>> generate(const CausalLM& lm,
                                                const std::vector<std::vector<std::int64_t>>& prompts,
                                                const GenerateOptions& options, const CancelFlag* cancel,
                                                const TokenCallback& on_token) {
  check_options(lm, prompts, options);
  check_prompts(lm, prompts, options);
  if (prompts.empty()) return {};
  const at::NoGradGuard no_grad;
  return Loop(lm, prompts, options, cancel, on_token).run();
}

}  // namespace dppo
