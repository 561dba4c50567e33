#include "lm/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full_like.h>

#include "lm/pass_records.h"
#include "optim/backward.h"

namespace dppo {

namespace {

double add_by_record(PassRecords& records, const TargetRows& targets, double scale, const PassOptions& options) {
  const at::Tensor log_probs = records.forward(targets, /*head=*/nullptr, options).log_probs;
  const double sum = -log_probs.sum().item<double>();
  records.backward(at::full_like(log_probs, -scale));
  return sum;
}

}  // namespace

double add_next_token_gradients(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, const Share& share,
                                double scale, const PassOptions& options, const Dropout& dropout) {
  if (may_record(lm, options) && dropout.rate == 0.0) {
    const TargetRows targets = next_token_targets(rows, masks, share);
    if (targets.next.empty()) return 0.0;
    PassRecords* const records = pass_records(lm, /*head=*/nullptr, targets, options);
    if (records != nullptr) return add_by_record(*records, targets, scale, options);
  }
  double sum = 0.0;
  std::vector<ForwardPass> passes;
  for (const at::Tensor& loss : next_token_sums(lm, rows, masks, options.autocast, share, dropout)) {
    sum += loss.item<double>();
    passes.push_back({{loss}, {at::full_like(loss, scale)}});
  }
  if (!passes.empty()) add_gradients(lm.parameters(), passes);
  return sum;
}

}  // namespace dppo
