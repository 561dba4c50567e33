#include "lm/loss.h"

#include <ATen/ATen.h>

#include <string>

#include "base/error.h"
#include "base/modes.h"
#include "model/log_probs.h"

namespace dppo {

namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::kShape, what); }

void check_input(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks) {
  if (rows.empty()) fail("expected at least one row of tokens");
  check_rows(rows, lm.config());
  if (masks.empty()) return;
  if (masks.size() != rows.size()) fail("expected one loss mask a row");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (masks[i].size() != rows[i].size()) fail("row " + std::to_string(i) + " and its loss mask differ in length");
  }
}

}  // namespace

NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast) {
  check_input(lm, rows, masks);
  const PaddedRows padded = pad_rows(rows, PadSide::kRight);
  const std::int64_t width = padded.ids.size(1);
  const at::Tensor predicted = masks.empty() ? padded.mask : place_masks(masks, padded.starts, width);
  // Column t of the loss mask belongs to the prediction of token t + 1.
  const at::Tensor loss_mask = predicted.narrow(1, 1, width - 1).to(lm.device());
  const std::int64_t tokens = loss_mask.sum().item<std::int64_t>();
  if (tokens == 0) fail("there is no token to predict");
  const at::Tensor ids = padded.ids.to(lm.device());
  // No real token sees the pads on its right, so every column may count as real. The numbers are the same, and
  // attention takes the faster causal kernel.
  const at::Tensor mask = at::ones_like(ids, at::kBool);
  const AutocastScope scope(autocast, lm.device().type());
  const at::Tensor hidden = lm.hidden(ids, mask).narrow(1, 0, width - 1).index({loss_mask});  // (n, E)
  const at::Tensor next = ids.narrow(1, 1, width - 1).index({loss_mask});
  return {-token_log_probs(lm.logits(hidden), next).sum(), tokens};
}

}  // namespace dppo
