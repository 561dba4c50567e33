#include "model/scoring.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/error.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

std::int64_t checked_width(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& rows) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string row = "row " + std::to_string(i);
    if (rows[i].empty()) throw Error(ErrorKind::kShape, row + " is empty");
    for (const std::int64_t id : rows[i]) {
      if (id >= 0 && id < lm.config().vocab_size) continue;
      throw Error(ErrorKind::kShape, row + " holds the token id " + std::to_string(id) +
                                         ", outside the vocabulary of " + std::to_string(lm.config().vocab_size));
    }
    width = std::max(width, rows[i].size());
  }
  if (static_cast<std::int64_t>(width) > lm.config().max_positions) {
    throw Error(ErrorKind::kShape, "a row has " + std::to_string(width) + " tokens; the model has " +
                                       std::to_string(lm.config().max_positions) + " positions");
  }
  return static_cast<std::int64_t>(width);
}

}  // namespace

std::vector<at::Tensor> row_logits(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& rows,
                                   bool pad_left) {
  const at::NoGradGuard no_grad;
  if (rows.empty()) return {};
  const std::int64_t width = checked_width(lm, rows);
  const auto batch = static_cast<std::int64_t>(rows.size());
  at::Tensor ids = at::zeros({batch, width}, at::kLong);
  at::Tensor mask = at::zeros({batch, width}, at::kBool);
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto& row = rows[static_cast<std::size_t>(i)];
    const auto length = static_cast<std::int64_t>(row.size());
    spans.emplace_back(pad_left ? width - length : 0, length);
    ids[i].narrow(0, spans.back().first, length).copy_(at::tensor(row, at::kLong));
    mask[i].narrow(0, spans.back().first, length).fill_(true);
  }
  const auto device = lm.parameters().front().second.device();
  const at::Tensor logits = lm.logits(lm.hidden(ids.to(device), mask.to(device))).to(at::kFloat).cpu();
  std::vector<at::Tensor> result;
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto [start, length] = spans[static_cast<std::size_t>(i)];
    result.push_back(logits[i].narrow(0, start, length).contiguous());
  }
  return result;
}

std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const std::vector<std::vector<std::int64_t>>& rows) {
  std::vector<at::Tensor> result;
  const std::vector<at::Tensor> logits = row_logits(lm, rows, /*pad_left=*/false);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto length = static_cast<std::int64_t>(rows[i].size());
    const at::Tensor next = at::tensor(rows[i], at::kLong).narrow(0, 1, length - 1);
    result.push_back(token_log_probs(logits[i].narrow(0, 0, length - 1), next).contiguous());
  }
  return result;
}

}  // namespace dppo
