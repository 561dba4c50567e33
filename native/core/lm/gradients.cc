#include "lm/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full_like.h>

#include "lm/graphed_passes.h"
#include "optim/backward.h"

namespace dppo {

namespace {

double add_with_graph(GraphedPasses& graphed, const TargetRows& targets, double scale, const PassOptions& options) {
  const at::Tensor log_probs = graphed.forward(targets, /*value_head=*/nullptr, options).log_probs;
  const double sum = -log_probs.sum().item<double>();
  graphed.backward(at::full_like(log_probs, -scale));
  return sum;
}

}  // namespace

double add_next_token_gradients(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, const Range& range,
                                double scale, const PassOptions& options, const Dropout& dropout) {
  if (may_capture(lm, options) && dropout.rate == 0.0) {
    const TargetRows targets = next_token_targets(rows, masks, range);
    if (targets.next.empty()) return 0.0;
    GraphedPasses* const graphed = graphed_passes(lm, /*value_head=*/nullptr, targets, options);
    if (graphed != nullptr) return add_with_graph(*graphed, targets, scale, options);
  }
  double sum = 0.0;
  std::vector<ForwardPass> passes;
  for (const at::Tensor& loss : next_token_sums(lm, rows, masks, options.autocast, range, dropout)) {
    sum += loss.item<double>();
    passes.push_back({{loss}, {at::full_like(loss, scale)}});
  }
  if (!passes.empty()) add_gradients(lm.parameters(), passes);
  return sum;
}

}  // namespace dppo
