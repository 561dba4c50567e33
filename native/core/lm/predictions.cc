#include "lm/predictions.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <numeric>

#include "base/index_tensor.h"
#include "base/modes.h"
#include "model/log_probs.h"

namespace dppo {

std::int64_t TargetRows::tokens() const {
  std::int64_t tokens = 0;
  for (const auto& row : inputs) tokens += static_cast<std::int64_t>(row.size());
  return tokens;
}

std::int64_t TargetRows::selected() const {
  return tails.empty() ? tokens() : std::accumulate(tails.begin(), tails.end(), std::int64_t{0});
}

Targets on_device(const TargetRows& rows, c10::Device device) {
  const bool all = static_cast<std::int64_t>(rows.counted.size()) == rows.selected();
  return {pack_rows(rows.inputs, rows.tails, device), all ? at::Tensor() : index_tensor(rows.counted, device),
          index_tensor(rows.next, device)};
}

Predictions predict(const CausalLM& lm, const ValueHead* value_head, const Targets& targets,
                    const PassOptions& options) {
  at::Tensor hidden;  // (n, E) of the tokens that count
  at::Tensor logits;  // (n, V)
  {
    const AutocastScope scope(options.autocast, lm.device().type());
    TiedHead head;
    hidden = lm.hidden(targets.inputs, /*cache=*/nullptr, &head);
    if (targets.counted.defined()) hidden = hidden.index_select(0, targets.counted);
    logits = lm.logits(hidden, head);
  }
  Predictions result;
  if (value_head != nullptr) result.values = (*value_head)(hidden).to(at::kFloat);
  if (options.logits) result.logits = logits.detach();
  TokenScores scores = options.logits ? score_tokens(logits, targets.next, options.entropy)
                                      : score_and_overwrite(logits, targets.next, options.entropy);
  result.log_probs = std::move(scores.log_probs);
  result.entropy = std::move(scores.entropy);
  return result;
}

}  // namespace dppo
