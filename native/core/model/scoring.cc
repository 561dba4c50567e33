#include "model/scoring.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "model/log_probs.h"

namespace dppo {

std::vector<at::Tensor> row_logits(const CausalLM& lm, const TokenRows& rows, PadSide side) {
  const at::NoGradGuard no_grad;
  if (rows.empty()) return {};
  check_rows(rows, lm.config());
  const PaddedRows padded = pad_rows(rows, side);
  const at::Tensor hidden = lm.hidden(padded.ids.to(lm.device()), padded.mask.to(lm.device()));
  const at::Tensor logits = lm.logits(hidden).to(at::kFloat).cpu();
  std::vector<at::Tensor> result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto length = static_cast<std::int64_t>(rows[i].size());
    result.push_back(logits[static_cast<std::int64_t>(i)].narrow(0, padded.starts[i], length).contiguous());
  }
  return result;
}

std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows) {
  std::vector<at::Tensor> result;
  const std::vector<at::Tensor> logits = row_logits(lm, rows, PadSide::kRight);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto length = static_cast<std::int64_t>(rows[i].size());
    const at::Tensor next = at::tensor(rows[i], at::kLong).narrow(0, 1, length - 1);
    result.push_back(token_log_probs(logits[i].narrow(0, 0, length - 1), next).contiguous());
  }
  return result;
}

}  // namespace dppo
