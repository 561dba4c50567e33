#include "model/scoring.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include "base/index_tensor.h"
#include "base/parallel.h"
#include "model/log_probs.h"
#include "model/thread_shares.h"

namespace dppo {

namespace {

// Calls visit(i, states) with the last hidden states (length, E) of each row i, on several threads.
template <typename Visit>
void visit_states(const CausalLM& lm, const TokenRows& rows, Visit visit) {
  if (rows.empty()) return;
  check_rows(rows, lm.config());
  const at::NoGradGuard no_grad;
  parallel_shares(thread_shares(lm, lengths_of(rows), /*autocast=*/false), [&](std::size_t, const Share& share) {
    const TokenSpans own(rows.begin() + share.first, rows.begin() + share.last);
    const PackedRows packed = pack_rows(own, {}, lm.device());
    auto row = static_cast<std::size_t>(share.first);
    for (const at::Tensor& states : lm.hidden(packed).split_with_sizes(packed.lengths)) visit(row++, states);
  });
}

}  // namespace

std::vector<at::Tensor> row_logits(const CausalLM& lm, const TokenRows& rows) {
  std::vector<at::Tensor> result(rows.size());
  visit_states(lm, rows, [&](std::size_t i, const at::Tensor& states) {
    result[i] = lm.logits(states).to(at::kCPU, at::kFloat).contiguous();
  });
  return result;
}

std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows) {
  std::vector<at::Tensor> result(rows.size());
  visit_states(lm, rows, [&](std::size_t i, const at::Tensor& states) {
    const at::Tensor next = index_tensor(std::span(rows[i]).subspan(1), lm.device());
    const at::Tensor log_probs = token_log_probs(lm.logits(states.narrow(0, 0, states.size(0) - 1)), next);
    result[i] = log_probs.to(at::kCPU, at::kFloat).contiguous();
  });
  return result;
}

}  // namespace dppo
