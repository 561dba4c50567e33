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

#include <limits>

#include "base/index_tensor.h"
#include "base/random.h"
#include "generate/loops.h"

namespace dppo {

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// A running sum over a whole vocabulary is slow on a GPU, where one block of threads sums one row; sums of chunks are
// not.
constexpr std::int64_t kChunk = 512;

// What the sum of all weights stays below, so that it fits into int64.
constexpr double kMostWeight = 0x1p62;

// Returns the first place of each row at which the running sum (B, n) exceeds the target (B, 1); (B, 1).
at::Tensor place_beyond(const at::Tensor& running, const at::Tensor& target) {
  return at::searchsorted(running, target, /*out_int32=*/false, /*right=*/true);
}

at::Tensor keep_top_k(const at::Tensor& logits, std::int64_t k) {
  if (k <= 0 || k >= logits.size(-1)) return logits;
  const at::Tensor threshold = std::get<0>(logits.topk(k)).amin(/*dim=*/-1, /*keepdim=*/true);
  return logits.masked_fill(logits < threshold, kNever);
}

// Drops the least likely tokens while their sum is at most 1 - p, but never the likeliest.
at::Tensor keep_top_p(const at::Tensor& logits, double p) {
  if (p >= 1.0) return logits;
  const auto [sorted, places] = logits.sort(/*stable=*/true, /*dim=*/-1, /*descending=*/false);
  at::Tensor dropped = sorted.to(at::kDouble).softmax(/*dim=*/-1).cumsum(/*dim=*/-1) <= 1.0 - p;
  dropped.select(/*dim=*/-1, dropped.size(-1) - 1).fill_(false);
  return logits.masked_fill(at::zeros_like(dropped).scatter(/*dim=*/-1, places, dropped), kNever);
}

}  // namespace

at::Tensor draw_places(const at::Tensor& logits, const at::Tensor& top, const at::Tensor& uniforms) {
  const std::int64_t vocabulary = logits.size(-1);
  const double unit = kMostWeight / static_cast<double>(vocabulary);
  // Logits that are not finite must lead to some place too, until the host sees them.
  at::Tensor weights = ((logits.to(at::kDouble) - top).exp().nan_to_num_(0.0) * unit).to(at::kLong);
  const std::int64_t pads = (kChunk - vocabulary % kChunk) % kChunk;
  if (pads > 0) weights = at::constant_pad_nd(weights, {0, pads});
  const at::Tensor chunks = weights.view({weights.size(0), -1, kChunk});
  const at::Tensor sums = chunks.sum(/*dim=*/-1);  // (B, chunks)
  const at::Tensor total = sums.sum(/*dim=*/-1, /*keepdim=*/true);
  // Rounding must not lift the target to the whole sum, beyond which there is no place.
  const at::Tensor target = at::minimum((total.to(at::kDouble) * uniforms.unsqueeze(-1)).to(at::kLong), total - 1);
  const at::Tensor running = sums.cumsum(/*dim=*/-1);
  const at::Tensor chunk = place_beyond(running, target);  // (B, 1)
  const at::Tensor before = running.gather(/*dim=*/-1, chunk) - sums.gather(/*dim=*/-1, chunk);
  const at::Tensor drawn = chunks.gather(/*dim=*/1, chunk.unsqueeze(-1).expand({-1, 1, kChunk})).squeeze(1);
  const at::Tensor inner = place_beyond(drawn.cumsum(/*dim=*/-1), target - before);
  return (chunk * kChunk + inner).squeeze(-1);
}

BatchSampler::BatchSampler(const GenerateOptions& options, std::int64_t vocabulary, std::int64_t rows,
                           c10::Device device)
    : options_(options) {
  const at::TensorOptions flags = at::TensorOptions().device(device).dtype(at::kBool);
  broken_ = at::zeros({rows}, flags);
  if (options.repetition_penalty != 1.0) seen_ = at::zeros({rows, vocabulary}, flags);
  if (options.min_new_tokens > 0) {
    ends_ = at::zeros({vocabulary}, flags);
    for (const auto* ids : {&options.end_ids, &options.stop_ids}) {
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
  if (ends_.defined()) logits = logits.masked_fill(ends_.logical_and(step < options_.min_new_tokens), kNever);
  return logits;
}

at::Tensor BatchSampler::warped(at::Tensor logits) const {
  if (options_.temperature != 1.0) logits = logits / options_.temperature;
  return keep_top_p(keep_top_k(logits, options_.top_k), options_.top_p);
}

at::Tensor BatchSampler::operator()(const at::Tensor& logits, const at::Tensor& step) {
  at::Tensor allowed = processed(logits.to(at::kFloat), step);
  if (options_.do_sample) allowed = warped(allowed);
  // The largest of logits with a NaN is NaN.
  const auto [top, best] = allowed.max(/*dim=*/-1, /*keepdim=*/true);
  broken_.logical_or_(top.squeeze(-1).isfinite().logical_not());
  const at::Tensor tokens =
      options_.do_sample ? draw_places(allowed, top, uniforms_.index_select(0, step).squeeze(0)) : best.squeeze(-1);
  if (seen_.defined()) seen_.scatter_(/*dim=*/-1, tokens.unsqueeze(-1), true);
  return tokens;
}

}  // namespace dppo
