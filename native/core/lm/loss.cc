#include "lm/loss.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"
#include "base/modes.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::kShape, what); }

std::int64_t checked_width(const CausalLM& lm, const TokenRows& rows, const LossMasks& masks) {
  if (rows.empty()) fail("expected at least one row of tokens");
  if (!masks.empty() && masks.size() != rows.size()) fail("expected one loss mask a row");
  std::size_t width = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string row = "row " + std::to_string(i);
    if (rows[i].empty()) fail(row + " is empty");
    if (!masks.empty() && masks[i].size() != rows[i].size()) fail(row + " and its loss mask differ in length");
    for (const std::int64_t id : rows[i]) {
      if (id < 0 || id >= lm.config().vocab_size) fail(row + " holds the token id " + std::to_string(id));
    }
    width = std::max(width, rows[i].size());
  }
  if (static_cast<std::int64_t>(width) > lm.config().max_positions) {
    fail("a row has " + std::to_string(width) + " tokens; the model has " + std::to_string(lm.config().max_positions) +
         " positions");
  }
  return static_cast<std::int64_t>(width);
}

}  // namespace

NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const LossMasks& masks, bool autocast) {
  const std::int64_t width = checked_width(lm, rows, masks);
  const auto batch = static_cast<std::int64_t>(rows.size());
  at::Tensor ids = at::zeros({batch, width}, at::kLong);
  at::Tensor counted = at::zeros({batch, width}, at::kBool);
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto& row = rows[static_cast<std::size_t>(i)];
    const auto length = static_cast<std::int64_t>(row.size());
    ids[i].narrow(0, 0, length).copy_(at::tensor(row, at::kLong));
    const at::Tensor wanted = masks.empty() ? at::ones({length}, at::kBool)
                                            : at::tensor(masks[static_cast<std::size_t>(i)], at::kByte).to(at::kBool);
    counted[i].narrow(0, 0, length).copy_(wanted);
  }
  const auto device = lm.parameters().front().second.device();
  const at::Tensor where = counted.narrow(1, 1, width - 1).to(device);
  const std::int64_t tokens = where.sum().item<std::int64_t>();
  if (tokens == 0) fail("there is no token to predict");
  ids = ids.to(device);
  // Pads stand on the right, where no real token sees them: all columns may count as real, which gives the same numbers
  // by the faster causal kernel.
  const at::Tensor mask = at::ones({batch, width}, ids.options().dtype(at::kBool));
  const AutocastScope scope(autocast, device.type());
  const at::Tensor hidden = lm.hidden(ids, mask).narrow(1, 0, width - 1).index({where});  // (n, E)
  const at::Tensor next = ids.narrow(1, 1, width - 1).index({where});
  return {-token_log_probs(lm.logits(hidden), next).sum(), tokens};
}

}  // namespace dppo
