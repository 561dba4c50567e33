#include "ppo/rollout.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/modes.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

// Returns a tensor of the mask's shape with `flat` at the positions of the mask and zero elsewhere.
at::Tensor scatter(const at::Tensor& mask, const at::Tensor& flat) {
  return at::zeros(mask.sizes(), flat.options()).masked_scatter(mask, flat);
}

}  // namespace

TokenOutputs forward_tokens(const Policy& policy, const PaddedBatch& rows, bool with_entropy, bool autocast) {
  const std::int64_t columns = rows.response_mask.size(1);
  TokenOutputs out;
  out.loss_mask = rows.response_mask > 0;
  at::Tensor hidden;  // (n, E) at the positions of the mask
  at::Tensor logits;  // (n, V)
  {
    // Autocast covers the language model only: values and log-probabilities stay float32.
    const AutocastScope scope(autocast, rows.ids.device().type());
    hidden = policy.lm->hidden(rows.ids, rows.mask).narrow(/*dim=*/1, 0, columns).index({out.loss_mask});
    logits = policy.lm->logits(hidden);
  }
  const at::Tensor next = rows.ids.narrow(/*dim=*/1, 1, columns).index({out.loss_mask});
  if (!at::GradMode::is_enabled()) out.logits = logits;
  out.log_probs = scatter(out.loss_mask, token_log_probs(logits, next));
  if (policy.value_head) out.values = scatter(out.loss_mask, (*policy.value_head)(hidden).to(at::kFloat));
  if (with_entropy) {
    const at::NoGradGuard no_grad;
    out.entropy = scatter(out.loss_mask, token_entropy(logits.detach()));
  }
  return out;
}

Rollout roll_out(const Policy& policy, const Policy& reference, const PaddedBatch& batch, const PpoConfig& config,
                 const CancelFlag* cancel) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> log_probs, values, reference_log_probs, kl;
  for (std::int64_t start = 0; start < batch.ids.size(0); start += config.mini_batch_size) {
    if (cancel != nullptr) cancel->check();
    const std::int64_t end = std::min(start + config.mini_batch_size, batch.ids.size(0));
    const PaddedBatch rows = select_rows(batch, at::arange(start, end, batch.ids.options()));
    const TokenOutputs own = forward_tokens(policy, rows, /*with_entropy=*/false, config.autocast_bf16);
    const TokenOutputs other = forward_tokens(reference, rows, /*with_entropy=*/false, config.autocast_bf16);
    log_probs.push_back(own.log_probs);
    values.push_back(own.values);
    reference_log_probs.push_back(other.log_probs);
    if (config.kl_penalty == KlPenalty::kFull) {
      kl.push_back(scatter(own.loss_mask, kl_of_logits(own.logits, other.logits)));
    } else {
      kl.push_back(kl_of_samples(config.kl_penalty, own.log_probs, other.log_probs));
    }
  }
  return {at::cat(log_probs), at::cat(values), at::cat(reference_log_probs), at::cat(kl)};
}

}  // namespace dppo
