#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <memory>

#include "base/cancel.h"
#include "base/graphed_callable.h"
#include "base/index_tensor.h"
#include "base/round_up.h"
#include "generate/batch_sampler.h"
#include "generate/loops.h"
#include "generate/padded_prompts.h"
#include "generate/prefill.h"
#include "model/decode_step.h"
#include "model/kv_cache.h"

namespace dppo {

namespace {

// Steps between two looks of the host at the tokens: few enough to end soon after the last row, enough to keep the
// device busy.
constexpr std::int64_t kStepsPerLook = 8;

// Capacities are multiples of this, so that prompts of about the same length use the same memory. The kernels of
// attention want masks whose rows are multiples of 16.
constexpr std::int64_t kCapacityUnit = 256;

// More than there are numbers of tokens.
constexpr std::size_t kMaxPrompts = 32;

std::int64_t capacity_for(const TokenRows& prompts, std::int64_t new_tokens) {
  const std::int64_t tokens = longest_prompt(prompts) + new_tokens;
  return round_up(tokens, kCapacityUnit);
}

GenerateOptions without_streams(GenerateOptions options) {
  options.streams.clear();
  return options;
}

// The memory of a generation on a device and its captured step.
class Decoder final : public Workspace {
 public:
  Decoder(const CausalLM& lm, std::int64_t rows, std::int64_t capacity, const GenerateOptions& options)
      : lm_(lm),
        options_(without_streams(options)),
        int64_options_(at::TensorOptions().device(lm.device()).dtype(at::kLong)),
        cache_(lm.config(), rows, capacity, int64_options_.dtype(lm.compute_dtype())),
        sampler_(options, lm.config().vocab_size, rows, lm.device()),
        next_(next_token_of_every_slot(at::zeros({rows}, int64_options_), at::zeros({rows}, int64_options_))),
        step_(at::zeros({1}, int64_options_)),
        tokens_(at::zeros({options.max_new_tokens, rows}, int64_options_)),
        decode_step_(DecodeStep::make(lm, rows)),
        graphed_step_(lm.device(), [this] { draw(next_logits()); }),
        prompts_(lm.device(), kMaxPrompts) {}

  // Whether this memory serves a call; a capacity of much more than it needs makes each step read more.
  bool suits(std::int64_t rows, std::int64_t capacity, const GenerateOptions& options) const {
    return next_.rows() == rows && cache_.capacity() >= capacity && cache_.capacity() <= 2 * capacity &&
           options_ == without_streams(options);
  }

  // Computes the prompts and draws the first token of each.
  void start(const TokenRows& prompts, const GenerateOptions& options) {
    cache_.clear();
    sampler_.start(prompts, options);
    std::vector<std::int64_t> last_positions;
    for (const auto& prompt : prompts) last_positions.push_back(static_cast<std::int64_t>(prompt.size()) - 1);
    next_.positions.copy_(index_tensor(last_positions, lm_.device()));
    step_.fill_(0);
    if (suits_padded_prompts(lm_, prompts)) return start_graphed(prompts);
    draw(lm_.logits(prefill_prompts(lm_, prompts, cache_)));
  }

  // Draws the next token of each row.
  void advance() { graphed_step_(); }

  // Returns the tokens (count, B) of steps from `first` on, on the CPU.
  at::Tensor tokens(std::int64_t first, std::int64_t count) const { return tokens_.narrow(0, first, count).cpu(); }

  // Returns which rows (B, bool) have had logits that are not finite, on the CPU.
  at::Tensor broken() const { return sampler_.broken().cpu(); }

 private:
  // Prompts with a number of tokens, the pass over them and the first draw.
  struct Prompts {
    PaddedPrompts padded;
    GraphedCallable pass;
  };

  void start_graphed(const TokenRows& prompts) {
    const std::int64_t tokens = PaddedPrompts::tokens_of(prompts);
    Prompts& entry = prompts_.get(tokens, [&](const auto& pool) { return make_prompts(tokens, pool); });
    entry.padded.fill(prompts);
    try {
      entry.pass();
    } catch (...) {
      prompts_.clear();
      throw;
    }
  }

  std::unique_ptr<Prompts> make_prompts(std::int64_t tokens, const std::shared_ptr<GraphPool>& pool) {
    const PaddedPrompts padded(next_.rows(), tokens, cache_.capacity(), lm_.device());
    const auto pass = [this, rows = padded.rows()] {
      // The pass is short, and a flag might not live as long as the graph.
      const CancelScope uncancelled(nullptr);
      draw(lm_.logits(lm_.hidden(rows, &cache_)));
    };
    return std::unique_ptr<Prompts>(new Prompts{padded, {lm_.device(), pass, pool}});
  }

  // Returns the logits (B, V) of the last token of each row.
  at::Tensor next_logits() {
    return decode_step_ != nullptr ? (*decode_step_)(next_, cache_) : lm_.logits(lm_.hidden(next_, &cache_));
  }

  // Draws a token of each row from its logits (B, V).
  void draw(const at::Tensor& logits) { sampler_.draw(logits, {next_.ids, next_.positions, tokens_, step_}); }

  const CausalLM& lm_;
  GenerateOptions options_;
  at::TensorOptions int64_options_;
  KvCache cache_;
  BatchSampler sampler_;
  PackedRows next_;                            // the last token of each row, which is not in the cache yet
  at::Tensor step_;                            // (1) int64, tokens drawn before
  at::Tensor tokens_;                          // (new tokens, B) int64
  std::unique_ptr<DecodeStep> decode_step_;    // null where the model's own operations are used
  GraphedCallable graphed_step_;               // a decoding step
  GraphCache<std::int64_t, Prompts> prompts_;  // by their tokens
};

Decoder& decoder_for(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options) {
  const auto rows = static_cast<std::int64_t>(prompts.size());
  const std::int64_t capacity = capacity_for(prompts, options.max_new_tokens);
  return reuse_or_create<Decoder>(
      lm.generation_workspace(), [&](const Decoder& decoder) { return decoder.suits(rows, capacity, options); },
      [&] { return std::make_unique<Decoder>(lm, rows, capacity, options); });
}

// Appends the tokens of some steps (count, B) to the rows that have not ended.
class Rows {
 public:
  Rows(std::size_t count, const GenerateOptions& options, const TokenCallback& on_token)
      : options_(options), on_token_(on_token), tokens_(count), ended_(count, false) {}

  void append(const at::Tensor& tokens) {
    const auto* id = tokens.const_data_ptr<std::int64_t>();
    for (std::int64_t step = 0; step < tokens.size(0); ++step) {
      for (std::size_t row = 0; row < tokens_.size(); ++row, ++id) {
        if (!ended_[row]) append(row, *id);
      }
    }
  }

  bool has_ended(std::size_t row) const { return ended_[row]; }
  bool ended() const {
    return std::ranges::all_of(ended_, [](bool ended) { return ended; });
  }
  TokenRows take() { return std::move(tokens_); }

 private:
  void append(std::size_t row, std::int64_t token) {
    tokens_[row].push_back(token);
    const bool full = static_cast<std::int64_t>(tokens_[row].size()) == options_.max_new_tokens;
    ended_[row] = full || is_end(options_, token);
    if (on_token_) on_token_(static_cast<std::int64_t>(row), token);
  }

  const GenerateOptions& options_;
  const TokenCallback& on_token_;
  TokenRows tokens_;
  std::vector<bool> ended_;
};

// Throws when the logits of a row that has not ended were not finite.
void check_logits(const Decoder& decoder, const Rows& rows) {
  const at::Tensor broken = decoder.broken();
  for (std::int64_t row = 0; row < broken.size(0); ++row) {
    if (broken.const_data_ptr<bool>()[row] && !rows.has_ended(static_cast<std::size_t>(row)))
      throw_nonfinite_logits(row);
  }
}

}  // namespace

TokenRows generate_on_device(const CausalLM& lm, const TokenRows& prompts, const GenerateOptions& options,
                             const TokenCallback& on_token) {
  Decoder& decoder = decoder_for(lm, prompts, options);
  Rows rows(prompts.size(), options, on_token);
  decoder.start(prompts, options);
  std::int64_t drawn = 1;
  for (std::int64_t seen = 0;; seen = drawn, drawn = std::min(drawn + kStepsPerLook, options.max_new_tokens)) {
    for (std::int64_t step = std::max<std::int64_t>(seen, 1); step < drawn; ++step) decoder.advance();
    check_logits(decoder, rows);
    rows.append(decoder.tokens(seen, drawn - seen));
    if (rows.ended()) return rows.take();
    check_cancelled();
  }
}

}  // namespace dppo
