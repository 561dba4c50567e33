#include "model/scoring.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "base/index_tensor.h"
#include "base/parallel.h"
#include "model/log_probs.h"
#include "model/thread_ranges.h"

namespace dppo {

namespace {

// Calls visit(i, states) with the last hidden states (tails[i], E) of each row i, on several threads. Empty tails: of
// all tokens.
template <typename Visit>
void visit_states(const CausalLM& lm, const TokenRows& rows, const std::vector<std::int64_t>& tails, Visit visit) {
  if (rows.empty()) return;
  check_rows(rows, lm.config());
  const at::NoGradGuard no_grad;
  parallel_ranges(thread_ranges(lm, lengths_of(rows), /*autocast=*/false), [&](std::size_t, const Range& range) {
    const TokenSpans own(rows.begin() + range.begin, rows.begin() + range.end);
    std::vector<std::int64_t> own_tails;
    if (!tails.empty()) own_tails.assign(tails.begin() + range.begin, tails.begin() + range.end);
    const PackedRows packed = pack_rows(own, std::move(own_tails), lm.device());
    auto row = static_cast<std::size_t>(range.begin);
    for (const at::Tensor& states : lm.hidden(packed).split_with_sizes(packed.tails)) visit(row++, states);
  });
}

// Returns how many last tokens of each row to compute, so that the one before `starts[i]` is the first of them; empty
// without starts.
std::vector<std::int64_t> scored_tails(const TokenRows& rows, const std::vector<std::int64_t>& starts) {
  if (!starts.empty() && starts.size() != rows.size()) throw Error(ErrorKind::kShape, "expected one start a row");
  std::vector<std::int64_t> tails;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto length = static_cast<std::int64_t>(rows[i].size());
    if (starts[i] < 1 || starts[i] > length) {
      throw Error(ErrorKind::kShape, "row " + std::to_string(i) + ": expected a start from 1 to its length " +
                                         std::to_string(length) + ", got " + std::to_string(starts[i]));
    }
    tails.push_back(length - starts[i] + 1);
  }
  return tails;
}

}  // namespace

std::vector<at::Tensor> row_logits(const CausalLM& lm, const TokenRows& rows) {
  std::vector<at::Tensor> result(rows.size());
  visit_states(lm, rows, {}, [&](std::size_t i, const at::Tensor& states) {
    result[i] = lm.logits(states).to(at::kCPU, at::kFloat).contiguous();
  });
  return result;
}

std::vector<at::Tensor> row_log_probs(const CausalLM& lm, const TokenRows& rows,
                                      const std::vector<std::int64_t>& starts) {
  std::vector<at::Tensor> result(rows.size());
  const std::vector<std::int64_t> tails = scored_tails(rows, starts);
  visit_states(lm, rows, tails, [&](std::size_t i, const at::Tensor& states) {
    const auto scored = static_cast<std::size_t>(states.size(0) - 1);
    const at::Tensor next = index_tensor(std::span(rows[i]).last(scored), lm.device());
    const at::Tensor logits = lm.logits(states.narrow(0, 0, states.size(0) - 1));
    const at::Tensor log_probs = score_and_overwrite(logits, next, /*with_entropy=*/false).log_probs;
    result[i] = log_probs.to(at::kCPU, at::kFloat).contiguous();
  });
  return result;
}

}  // namespace dppo
