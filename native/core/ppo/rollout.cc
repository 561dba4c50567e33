#include "ppo/rollout.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "base/modes.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

// Values at the counted positions, back in a (m, T-1) tensor of zeros.
at::Tensor scattered(const at::Tensor& counted, const at::Tensor& flat) {
  return at::zeros(counted.sizes(), flat.options()).masked_scatter(counted, flat);
}

struct Counted {
  at::Tensor where;   // (m, T-1) bool
  at::Tensor hidden;  // (n, E) of the counted positions
  at::Tensor next;    // (n) ids they predict
};

Counted counted_hidden(const CausalLM& lm, const PaddedBatch& rows) {
  const std::int64_t columns = rows.response_mask.size(1);
  const at::Tensor where = rows.response_mask > 0;
  const at::Tensor hidden = lm.hidden(rows.ids, rows.mask).narrow(/*dim=*/1, 0, columns);
  const at::Tensor next = rows.ids.narrow(/*dim=*/1, 1, columns);
  return {where, hidden.index({where}), next.index({where})};
}

}  // namespace

TokenOutputs forward_tokens(const Policy& policy, const PaddedBatch& rows, bool with_entropy, bool autocast) {
  Counted counted;
  at::Tensor logits;  // (n, V)
  {
    // Only the language model: values and log-probabilities stay float32.
    const AutocastScope scope(autocast, rows.ids.device().type());
    counted = counted_hidden(*policy.lm, rows);
    logits = policy.lm->logits(counted.hidden);
  }
  TokenOutputs out;
  out.where = counted.where;
  if (!at::GradMode::is_enabled()) out.logits = logits;
  out.log_probs = scattered(counted.where, token_log_probs(logits, counted.next));
  if (policy.value_head) out.values = scattered(counted.where, (*policy.value_head)(counted.hidden).to(at::kFloat));
  if (with_entropy) {
    const at::NoGradGuard no_grad;
    out.entropy = scattered(counted.where, token_entropy(logits.detach()));
  }
  return out;
}

PaddedBatch rows_of(const PaddedBatch& batch, const at::Tensor& index) {
  return {batch.ids.index_select(0, index), batch.mask.index_select(0, index),
          batch.response_mask.index_select(0, index)};
}

Rollout roll_out(const Policy& policy, const Policy& reference, const PaddedBatch& batch, const PpoConfig& config,
                 const CancelFlag* cancel) {
  const at::NoGradGuard no_grad;
  const KlPenalty penalty = parse_kl_penalty(config.kl_penalty);
  std::vector<at::Tensor> log_probs, values, reference_log_probs, kl;
  for (std::int64_t start = 0; start < batch.ids.size(0); start += config.mini_batch_size) {
    if (cancel != nullptr) cancel->check();
    const std::int64_t end = std::min(start + config.mini_batch_size, batch.ids.size(0));
    const PaddedBatch rows = rows_of(batch, at::arange(start, end, batch.ids.options()));
    const TokenOutputs own = forward_tokens(policy, rows, /*with_entropy=*/false, config.autocast_bf16);
    const TokenOutputs other = forward_tokens(reference, rows, /*with_entropy=*/false, config.autocast_bf16);
    log_probs.push_back(own.log_probs);
    values.push_back(own.values);
    reference_log_probs.push_back(other.log_probs);
    if (penalty == KlPenalty::kFull) {
      kl.push_back(scattered(own.where, kl_of_logits(own.logits, other.logits)));
    } else {
      kl.push_back(kl_of_samples(penalty, own.log_probs, other.log_probs));
    }
  }
  return {at::cat(log_probs), at::cat(values), at::cat(reference_log_probs), at::cat(kl)};
}

}  // namespace dppo
