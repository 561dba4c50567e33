#include "model/scoring.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include "base/index_tensor.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

// Returns the last hidden states (length, E) of each row.
std::vector<at::Tensor> row_states(const CausalLM& lm, const TokenRows& rows) {
  if (rows.empty()) return {};
  check_rows(rows, lm.config());
  const PackedRows packed = pack_rows(spans_of(rows), {}, lm.device());
  return lm.hidden(packed).split_with_sizes(packed.lengths);
}

}  // namespace

std::vector<at::Tensor> row_logits(const CausalLM& lm, const TokenRows& rows) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> result;
  for (const at::Tensor& states : row_states(lm, rows)) {
    result.push_back(lm.logits(states).to(at::kCPU, at::kFloat).contiguous());
  }
  return result;
}

std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> result;
  const std::vector<at::Tensor> states = row_states(lm, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t count = states[i].size(0) - 1;
    const at::Tensor next = index_tensor(std::span(rows[i]).subspan(1), lm.device());
    const at::Tensor log_probs = token_log_probs(lm.logits(states[i].narrow(0, 0, count)), next);
    result.push_back(log_probs.to(at::kCPU, at::kFloat).contiguous());
  }
  return result;
}

}  // namespace dppo
