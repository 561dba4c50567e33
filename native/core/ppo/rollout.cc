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
#include "base/parallel.h"
#include "model/linear.h"
#include "model/log_probs.h"
#include "model/thread_shares.h"
#include "ppo/gather_rows.h"

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

}  // namespace

Samples samples_of(Samples samples, Share share) {
  return samples.subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.size()));
}

std::vector<std::int64_t> lengths_of(const StepRows& rows, Samples samples) {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t sample : samples)
    lengths.push_back(static_cast<std::int64_t>(rows.tokens[static_cast<std::size_t>(sample)].size()));
  return lengths;
}

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

namespace {

// Runs policy and reference over the given rows in chunks of `chunk` rows.
Rollout roll_out_rows(const Policy& policy, const Policy& reference, const StepRows& rows, Samples order,
                      std::int64_t chunk, const PpoConfig& config, const CancelFlag* cancel) {
  const SameProductsScope same_products;
  std::vector<at::Tensor> log_probs, values, reference_log_probs, kl;
  const auto size = static_cast<std::size_t>(chunk);
  for (std::size_t start = 0; start < order.size(); start += size) {
    if (cancel != nullptr) cancel->check();
    const Samples samples = order.subspan(start, std::min(size, order.size() - start));
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

// As roll_out_rows, on all threads.
Rollout roll_out_on_threads(const Policy& policy, const Policy& reference, const StepRows& rows, Samples order,
                            std::int64_t chunk, const PpoConfig& config, const CancelFlag* cancel) {
  const std::vector<Share> shares = thread_shares(*policy.lm, lengths_of(rows, order), config.autocast_bf16);
  const std::int64_t own_chunk = std::max<std::int64_t>(1, chunk / static_cast<std::int64_t>(shares.size()));
  std::vector<Rollout> parts(shares.size());
  parallel_tasks(static_cast<std::int64_t>(shares.size()), [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    parts[place] = roll_out_rows(policy, reference, rows, samples_of(order, shares[place]), own_chunk, config, cancel);
  });
  const auto join = [&](at::Tensor Rollout::*member) {
    std::vector<at::Tensor> tensors;
    for (const Rollout& part : parts) tensors.push_back(part.*member);
    return at::cat(tensors);
  };
  return {join(&Rollout::log_probs), join(&Rollout::values), join(&Rollout::reference_log_probs), join(&Rollout::kl)};
}

}  // namespace

Rollout roll_out(const Policy& policy, const Policy& reference, const StepRows& rows, std::int64_t chunk,
                 const PpoConfig& config, Communicator& group, const CancelFlag* cancel) {
  const at::NoGradGuard no_grad;
  std::vector<std::int64_t> order(rows.tokens.size());
  std::iota(order.begin(), order.end(), 0);
  const Share share = group.share(static_cast<std::int64_t>(order.size()));
  Rollout own;
  if (share.size() > 0)
    own = roll_out_on_threads(policy, reference, rows, samples_of(order, share), chunk, config, cancel);
  if (group.size() == 1) return own;
  const at::Tensor all =
      gather_rows({own.log_probs, own.values, own.reference_log_probs, own.kl}, rows.response_mask, share, group);
  return {all[0], all[1], all[2], all[3]};
}

}  // namespace dppo
