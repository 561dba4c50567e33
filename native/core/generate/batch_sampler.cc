#include "generate/batch_sampler.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "base/index_tensor.h"
#include "base/random.h"
#include "generate/loops.h"
#include "generate/sampler.h"
#include "gpu/sample.h"

namespace dppo {

namespace {

// A running sum over a whole vocabulary is slow on a GPU, where one block of threads sums one row; sums of chunks are
// not.
constexpr std::int64_t kChunk = 512;

// What the sum of all weights stays below, so that it fits into int64.
constexpr double kMaxWeight = 0x1p62;

// Returns the first index of each row at which the running sum (B, n) exceeds the target (B, 1); (B, 1).
at::Tensor first_beyond(const at::Tensor& running, const at::Tensor& target) {
  return at::searchsorted(running, target, /*out_int32=*/false, /*right=*/true);
}

// Returns the rows of x (B, V) in chunks (B, chunks, kChunk), padded with zeros.
at::Tensor in_chunks(const at::Tensor& x) {
  const std::int64_t pads = (kChunk - x.size(-1) % kChunk) % kChunk;
  return (pads > 0 ? at::constant_pad_nd(x, {0, pads}) : x).view({x.size(0), -1, kChunk});
}

// Returns how many entries of each row (B, V) of flags are set up to each place, itself included.
at::Tensor ranks(const at::Tensor& flags) {
  const at::Tensor inner = in_chunks(flags.to(at::kInt)).cumsum(/*dim=*/-1, at::kInt);
  const at::Tensor sums = inner.select(/*dim=*/-1, kChunk - 1);
  const at::Tensor before = sums.cumsum(/*dim=*/-1, at::kInt) - sums;
  return (inner + before.unsqueeze(-1)).flatten(/*start_dim=*/1).narrow(/*dim=*/1, 0, flags.size(-1));
}

at::Tensor keep_top_k(const at::Tensor& logits, std::int64_t k) {
  const at::Tensor threshold = std::get<0>(logits.topk(k)).amin(/*dim=*/-1, /*keepdim=*/true);
  return logits.masked_fill(logits < threshold, kExcluded);
}

// Drops the least likely tokens while their sum is at most 1 - p, but never the likeliest.
at::Tensor keep_top_p(const at::Tensor& logits, double p) {
  const auto [sorted, order] = logits.sort(/*stable=*/true, /*dim=*/-1, /*descending=*/false);
  at::Tensor dropped = sorted.to(at::kDouble).softmax(/*dim=*/-1).cumsum(/*dim=*/-1) <= 1.0 - p;
  dropped.select(/*dim=*/-1, dropped.size(-1) - 1).fill_(false);
  return logits.masked_fill(at::zeros_like(dropped).scatter(/*dim=*/-1, order, dropped), kExcluded);
}

}  // namespace

// Sorting a vocabulary takes a GPU half a millisecond, so this sorts the k likeliest tokens only.
at::Tensor keep_top_k_and_p(const at::Tensor& logits, std::int64_t k, double p) {
  const at::Tensor values = std::get<0>(logits.topk(k));  // (B, k), the likeliest first
  const at::Tensor least = values.narrow(/*dim=*/-1, k - 1, 1);
  // (B, 1), how many as likely as the k-th are not among the k. They are taken to be the least likely ones.
  const at::Tensor others = (logits == least).sum(-1, true) - (values == least).sum(-1, true);
  const at::Tensor weights = (values.to(at::kDouble) - values.narrow(-1, 0, 1)).exp();
  const at::Tensor of_least = weights.narrow(-1, k - 1, 1);
  const at::Tensor sums = weights.flip(-1).cumsum(-1).flip(-1) + others * of_least;  // of each value and all below it
  const at::Tensor most = sums.narrow(-1, 0, 1) * (1.0 - p);                         // what may be dropped
  at::Tensor dropped = (sums <= most).sum(-1, true).clamp_max(k - 1);                // of the k
  // The least likely of the k that stays. Of the tokens as likely as it, the first ones may still be dropped.
  const at::Tensor bound = values.gather(-1, (k - 1) - dropped);
  const at::Tensor of_others = at::minimum(most / of_least, others.to(at::kDouble)).to(at::kLong);
  dropped = at::where(dropped > 0, dropped + others, of_others);
  const at::Tensor below = (values < bound).sum(-1, true) + others * (least < bound);
  const at::Tensor equal = logits == bound;
  const at::Tensor first_equal = equal.logical_and(ranks(equal) <= dropped - below);
  return logits.masked_fill((logits < bound).logical_or(first_equal), kExcluded);
}

at::Tensor draw_tokens(const at::Tensor& logits, const at::Tensor& top, const at::Tensor& uniforms) {
  const std::int64_t vocabulary = logits.size(-1);
  const double unit = kMaxWeight / static_cast<double>(vocabulary);
  // Logits that are not finite must lead to some token too, until the host sees them.
  const at::Tensor weights = ((logits.to(at::kDouble) - top).exp().nan_to_num_(0.0) * unit).to(at::kLong);
  const at::Tensor chunks = in_chunks(weights);
  const at::Tensor sums = chunks.sum(/*dim=*/-1);  // (B, chunks)
  const at::Tensor total = sums.sum(/*dim=*/-1, /*keepdim=*/true);
  // Rounding must not lift the target to the whole sum, beyond which there is no token.
  const at::Tensor target = at::minimum((total.to(at::kDouble) * uniforms.unsqueeze(-1)).to(at::kLong), total - 1);
  const at::Tensor running = sums.cumsum(/*dim=*/-1);
  const at::Tensor chunk = first_beyond(running, target);  // (B, 1)
  const at::Tensor before = running.gather(/*dim=*/-1, chunk) - sums.gather(/*dim=*/-1, chunk);
  const at::Tensor drawn = chunks.gather(/*dim=*/1, chunk.unsqueeze(-1).expand({-1, 1, kChunk})).squeeze(1);
  const at::Tensor inner = first_beyond(drawn.cumsum(/*dim=*/-1), target - before);
  return (chunk * kChunk + inner).squeeze(-1);
}

BatchSampler::BatchSampler(const GenerateOptions& options, std::int64_t vocabulary, std::int64_t rows,
                           c10::Device device)
    : options_(options) {
  const at::TensorOptions flags = at::TensorOptions().device(device).dtype(at::kBool);
  broken_ = at::zeros({rows}, flags);
  finished_ = at::zeros({1}, flags.dtype(at::kInt));
  if (options.repetition_penalty != 1.0) seen_ = at::zeros({rows, vocabulary}, flags);
  if (options.min_new_tokens > 0) {
    ends_ = at::zeros({vocabulary}, flags);
    for (const auto* ids : {&options.eos_token_ids, &options.stop_token_ids}) {
      if (!ids->empty()) ends_.index_fill_(/*dim=*/0, index_tensor(*ids, device), true);
    }
  }
  if (options.do_sample) uniforms_ = at::empty({options.max_new_tokens, rows}, flags.dtype(at::kDouble));
}

void BatchSampler::start(const TokenRows& prompts, const GenerateOptions& options) {
  broken_.fill_(false);
  if (seen_.defined()) {
    seen_.fill_(false);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      seen_.select(0, static_cast<std::int64_t>(i)).index_fill_(0, index_tensor(prompts[i], seen_.device()), true);
    }
  }
  if (!uniforms_.defined()) return;
  const at::Tensor numbers = at::empty(uniforms_.sizes(), at::kDouble);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    RandomStream random = stream_of(options, i);
    for (std::int64_t step = 0; step < numbers.size(0); ++step) {
      numbers.mutable_data_ptr<double>()[step * numbers.size(1) + static_cast<std::int64_t>(i)] = random.next_uniform();
    }
  }
  uniforms_.copy_(numbers);
}

at::Tensor BatchSampler::processed(at::Tensor logits, const at::Tensor& step) const {
  if (seen_.defined()) {
    const double penalty = options_.repetition_penalty;
    logits = at::where(seen_, at::where(logits < 0, logits * penalty, logits / penalty), logits);
  }
  if (ends_.defined()) logits = logits.masked_fill(ends_.logical_and(step < options_.min_new_tokens), kExcluded);
  return logits;
}

at::Tensor BatchSampler::warped(at::Tensor logits) const {
  if (options_.temperature != 1.0) logits = logits / options_.temperature;
  const bool has_k = has_top_k(logits.size(-1));
  const bool has_p = options_.top_p < 1.0;
  if (has_k && has_p) return keep_top_k_and_p(logits, options_.top_k, options_.top_p);
  if (has_k) return keep_top_k(logits, options_.top_k);
  return has_p ? keep_top_p(logits, options_.top_p) : logits;
}

bool BatchSampler::has_top_k(std::int64_t vocabulary) const {
  return options_.top_k > 0 && options_.top_k < vocabulary;
}

at::Tensor BatchSampler::operator()(const at::Tensor& logits, const at::Tensor& step) {
  at::Tensor allowed = processed(logits.to(at::kFloat), step);
  if (options_.do_sample) allowed = warped(allowed);
  // The largest of logits with a NaN is NaN.
  const auto [top, best] = allowed.max(/*dim=*/-1, /*keepdim=*/true);
  broken_.logical_or_(top.squeeze(-1).isfinite().logical_not());
  const at::Tensor tokens =
      options_.do_sample ? draw_tokens(allowed, top, uniforms_.index_select(0, step).squeeze(0)) : best.squeeze(-1);
  if (seen_.defined()) seen_.scatter_(/*dim=*/-1, tokens.unsqueeze(-1), true);
  return tokens;
}

// The kernel sorts only the k likeliest tokens, and not too many of them.
bool BatchSampler::suits_kernel(std::int64_t vocabulary) const {
  if (!options_.do_sample) return true;
  return has_top_k(vocabulary) ? options_.top_k <= gpu::kMostTopK : options_.top_p >= 1.0;
}

void BatchSampler::draw(const at::Tensor& logits, const DrawState& state) {
  const std::int64_t vocabulary = logits.size(-1);
  const auto kernel =
      suits_kernel(vocabulary) ? gpu::SampleKernel::get(logits.device(), logits.scalar_type()) : nullptr;
  if (kernel == nullptr) {
    const at::Tensor tokens = (*this)(logits, state.step);
    state.ids.copy_(tokens);
    state.positions.add_(1);
    state.tokens.index_copy_(/*dim=*/0, state.step, tokens.unsqueeze(0));
    state.step.add_(1);
    return;
  }
  const auto flags = [](const at::Tensor& x) { return x.defined() ? x.mutable_data_ptr<bool>() : nullptr; };
  const auto numbers = [](const at::Tensor& x) {
    return reinterpret_cast<long long*>(x.mutable_data_ptr<std::int64_t>());
  };
  const auto penalty = static_cast<float>(options_.repetition_penalty);
  const auto temperature = static_cast<float>(options_.temperature);
  const at::Tensor rows = logits.contiguous();
  (*kernel)({.logits = rows.const_data_ptr(),
             .rows = static_cast<int>(rows.size(0)),
             .vocabulary = static_cast<int>(vocabulary),
             .seen = flags(seen_),
             .penalty = penalty,
             .inverse_penalty = 1.0F / penalty,
             .ends = flags(ends_),
             .min_new_tokens = options_.min_new_tokens,
             .uniforms = uniforms_.defined() ? uniforms_.const_data_ptr<double>() : nullptr,
             .inverse_temperature = 1.0F / temperature,
             .top_k = has_top_k(vocabulary) ? static_cast<int>(options_.top_k) : 0,
             .left_out = options_.top_p < 1.0 ? 1.0 - options_.top_p : 0.0,
             .broken = flags(broken_),
             .ids = numbers(state.ids),
             .positions = numbers(state.positions),
             .tokens = numbers(state.tokens),
             .step = numbers(state.step),
             .finished = finished_.mutable_data_ptr<int>()});
}

}  // namespace dppo
