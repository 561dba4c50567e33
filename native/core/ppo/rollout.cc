#include "ppo/rollout.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>

#include "base/index_tensor.h"
#include "base/modes.h"
#include "model/linear.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

// What a minibatch reads of the model's output.
struct Targets {
  PackedRows inputs;   // each row without its last token, which predicts nothing; the responses' predictions are wanted
  at::Tensor counted;  // (n) int64, places among the wanted tokens of those that take part; undefined for all
  at::Tensor next;     // (n) int64, the tokens that these predict
};

Targets targets_of(const StepRows& rows, Samples samples, c10::Device device) {
  TokenSpans inputs;
  std::vector<std::int64_t> tails, counted, next;
  std::int64_t place = 0;
  for (const std::int64_t sample : samples) {
    const auto i = static_cast<std::size_t>(sample);
    const std::vector<std::int64_t>& tokens = rows.tokens[i];
    inputs.emplace_back(tokens.data(), tokens.size() - 1);
    tails.push_back(static_cast<std::int64_t>(tokens.size()) - rows.queries[i]);
    for (std::size_t t = 0; t < rows.counted[i].size(); ++t, ++place) {
      if (rows.counted[i][t] == 0) continue;
      counted.push_back(place);
      next.push_back(tokens[static_cast<std::size_t>(rows.queries[i]) + t]);
    }
  }
  const bool all = static_cast<std::int64_t>(counted.size()) == place;
  return {pack_rows(inputs, std::move(tails), device), all ? at::Tensor() : index_tensor(counted, device),
          index_tensor(next, device)};
}

// Returns a tensor of the mask's shape with `flat` at the positions of the mask and zero elsewhere.
at::Tensor scatter(const at::Tensor& mask, const at::Tensor& flat) {
  return at::zeros(mask.sizes(), flat.options()).masked_scatter(mask > 0, flat);
}

// Completes k tensors of the own rows by the rows of the other processes: (k, m, T-1) for `like` (m, T-1).
at::Tensor complete_rows(const std::vector<at::Tensor>& own, const at::Tensor& like, Share share, Communicator& group) {
  const at::NoGradGuard no_grad;
  at::Tensor all = at::zeros({static_cast<std::int64_t>(own.size()), like.size(0), like.size(1)}, like.options());
  for (std::size_t i = 0; share.size() > 0 && i < own.size(); ++i) {
    all[static_cast<std::int64_t>(i)].narrow(0, share.first, share.size()).copy_(own[i]);
  }
  group.sum(all);
  return all;
}

}  // namespace

TokenOutputs forward_tokens(const Policy& policy, const StepRows& rows, Samples samples, bool with_entropy,
                            bool autocast) {
  const c10::Device device = policy.lm->device();
  const Targets targets = targets_of(rows, samples, device);
  TokenOutputs out;
  out.mask = rows.response_mask.index_select(0, index_tensor(samples, device));
  at::Tensor hidden;  // (n, E) of the tokens that take part
  at::Tensor logits;  // (n, V)
  {
    // Autocast covers the language model only: values and log-probabilities stay float32.
    const AutocastScope scope(autocast, device.type());
    hidden = policy.lm->hidden(targets.inputs);
    if (targets.counted.defined()) hidden = hidden.index_select(0, targets.counted);
    logits = policy.lm->logits(hidden);
  }
  if (!at::GradMode::is_enabled()) out.logits = logits;
  out.log_probs = scatter(out.mask, token_log_probs(logits, targets.next));
  if (policy.value_head) out.values = scatter(out.mask, (*policy.value_head)(hidden).to(at::kFloat));
  if (with_entropy) {
    const at::NoGradGuard no_grad;
    out.entropy = scatter(out.mask, token_entropy(logits.detach()));
  }
  return out;
}

TokenOutputs forward_shared(const Policy& policy, const StepRows& rows, Samples samples, bool autocast,
                            Communicator& group) {
  if (group.size() == 1) return forward_tokens(policy, rows, samples, /*with_entropy=*/true, autocast);
  const Share share = group.share(static_cast<std::int64_t>(samples.size()));
  const Samples own = samples.subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.size()));
  TokenOutputs out;
  if (!own.empty()) out = forward_tokens(policy, rows, own, /*with_entropy=*/true, autocast);
  const at::Tensor mask = rows.response_mask.index_select(0, index_tensor(samples, policy.lm->device()));
  const at::Tensor all = complete_rows({out.log_probs, out.values, out.entropy}, mask, share, group);
  const auto with_gradient = [&](const at::Tensor& whole, const at::Tensor& part) {
    if (own.empty()) return whole;
    return at::cat({whole.narrow(0, 0, share.first), part, whole.narrow(0, share.last, whole.size(0) - share.last)});
  };
  return {mask, {}, with_gradient(all[0], out.log_probs), with_gradient(all[1], out.values), all[2]};
}

namespace {

// Runs policy and reference over the given rows in chunks of `chunk` rows.
Rollout roll_out_rows(const Policy& policy, const Policy& reference, const StepRows& rows, Samples order,
                      std::int64_t chunk, const PpoConfig& config, const CancelFlag* cancel) {
  std::vector<at::Tensor> log_probs, values, reference_log_probs, kl;
  const auto size = static_cast<std::size_t>(chunk);
  for (std::size_t start = 0; start < order.size(); start += size) {
    if (cancel != nullptr) cancel->check();
    const Samples samples(order.data() + start, std::min(size, order.size() - start));
    const TokenOutputs own = forward_tokens(policy, rows, samples, /*with_entropy=*/false, config.autocast_bf16);
    const TokenOutputs other = forward_tokens(reference, rows, samples, /*with_entropy=*/false, config.autocast_bf16);
    log_probs.push_back(own.log_probs);
    values.push_back(own.values);
    reference_log_probs.push_back(other.log_probs);
    if (config.kl_penalty == KlPenalty::kFull) {
      kl.push_back(scatter(own.mask, kl_of_logits(own.logits, other.logits)));
    } else {
      kl.push_back(kl_of_samples(config.kl_penalty, own.log_probs, other.log_probs));
    }
  }
  return {at::cat(log_probs), at::cat(values), at::cat(reference_log_probs), at::cat(kl)};
}

}  // namespace

Rollout roll_out(const Policy& policy, const Policy& reference, const StepRows& rows, std::int64_t chunk,
                 const PpoConfig& config, Communicator& group, const CancelFlag* cancel) {
  const at::NoGradGuard no_grad;
  const SameProductsScope same_products;
  std::vector<std::int64_t> order(rows.tokens.size());
  std::iota(order.begin(), order.end(), 0);
  if (group.size() == 1) return roll_out_rows(policy, reference, rows, order, chunk, config, cancel);
  const Share share = group.share(static_cast<std::int64_t>(order.size()));
  const Samples own =
      Samples(order).subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.size()));
  Rollout part;
  if (!own.empty()) part = roll_out_rows(policy, reference, rows, own, chunk, config, cancel);
  const at::Tensor all =
      complete_rows({part.log_probs, part.values, part.reference_log_probs, part.kl}, rows.response_mask, share, group);
  return {all[0], all[1], all[2], all[3]};
}

}  // namespace dppo
