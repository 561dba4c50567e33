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

}  // namespace

NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast,
                              std::optional<Share> share) {
  check_input(lm, rows, masks);
  TokenSpans inputs;                  // each row without its last token, which predicts nothing
  std::vector<std::int64_t> places;   // of the tokens that predict, among all inputs
  std::vector<std::int64_t> targets;  // what they predict
  std::int64_t place = 0;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<std::int64_t>& row = rows[i];
    const auto number = static_cast<std::int64_t>(i);
    const bool own = !share || (number >= share->first && number < share->last);
    if (own && row.size() > 1) inputs.emplace_back(row.data(), row.size() - 1);
    for (std::size_t t = 1; t < row.size(); ++t) {
      const bool counts = masks.empty() || masks[i][t] != 0;
      tokens += counts ? 1 : 0;
      if (!own) continue;
      if (counts) {
        places.push_back(place);
        targets.push_back(row[t]);
      }
      ++place;
    }
  }
  if (tokens == 0) fail("there is no token to predict");
  if (places.empty()) return {{}, tokens};
  const AutocastScope scope(autocast, lm.device().type());
  at::Tensor hidden = lm.hidden(pack_rows(inputs, {}, lm.device()));
  if (static_cast<std::int64_t>(places.size()) < place)
    hidden = hidden.index_select(0, index_tensor(places, lm.device()));
  const at::Tensor log_probs = token_log_probs(lm.logits(hidden), index_tensor(targets, lm.device()));
  return {-log_probs.sum(), tokens};
}

}  // namespace dppo
