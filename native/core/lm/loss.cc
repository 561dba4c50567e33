#include "lm/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <string>

#include "base/error.h"
#include "base/index_tensor.h"
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

bool counts(const TokenMasks& masks, std::size_t row, std::size_t token) {
  return masks.empty() || masks[row][token] != 0;
}

}  // namespace

std::int64_t count_predicted(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks) {
  check_input(lm, rows, masks);
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t t = 1; t < rows[i].size(); ++t) tokens += counts(masks, i, t) ? 1 : 0;
  }
  if (tokens == 0) fail("there is no token to predict");
  return tokens;
}

at::Tensor next_token_sum(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast,
                          const Share& share) {
  TokenSpans inputs;                  // each row without its last token, which predicts nothing
  std::vector<std::int64_t> places;   // of the tokens that predict, among all inputs
  std::vector<std::int64_t> targets;  // what they predict
  std::int64_t place = 0;
  for (auto i = static_cast<std::size_t>(share.first); i < static_cast<std::size_t>(share.last); ++i) {
    const std::vector<std::int64_t>& row = rows[i];
    if (row.size() > 1) inputs.emplace_back(row.data(), row.size() - 1);
    for (std::size_t t = 1; t < row.size(); ++t, ++place) {
      if (!counts(masks, i, t)) continue;
      places.push_back(place);
      targets.push_back(row[t]);
    }
  }
  if (places.empty()) return {};
  const AutocastScope scope(autocast, lm.device().type());
  at::Tensor hidden = lm.hidden(pack_rows(inputs, {}, lm.device()));
  if (static_cast<std::int64_t>(places.size()) < place)
    hidden = hidden.index_select(0, index_tensor(places, lm.device()));
  const at::Tensor log_probs = token_log_probs(lm.logits(hidden), index_tensor(targets, lm.device()));
  return -log_probs.sum();
}

NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast) {
  const std::int64_t tokens = count_predicted(lm, rows, masks);
  return {next_token_sum(lm, rows, masks, autocast, {0, static_cast<std::int64_t>(rows.size())}), tokens};
}

}  // namespace dppo
