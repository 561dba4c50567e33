#include "lm/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <span>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "model/thread_ranges.h"

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

std::span<const std::vector<std::int64_t>> rows_of(const TokenRows& rows, const Range& range) {
  return std::span(rows).subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size()));
}

// Returns the number of tokens that enter the model before row `first`.
std::int64_t tokens_before(const TokenRows& rows, std::int64_t first) {
  std::int64_t tokens = 0;
  for (const auto& row : rows_of(rows, {0, first})) tokens += static_cast<std::int64_t>(row.size()) - 1;
  return tokens;
}

}  // namespace

TargetRows next_token_targets(const TokenRows& rows, const TokenMasks& masks, const Range& range) {
  TargetRows targets;
  std::int64_t index = 0;
  for (auto i = static_cast<std::size_t>(range.begin); i < static_cast<std::size_t>(range.end); ++i) {
    const std::vector<std::int64_t>& row = rows[i];
    // The last token predicts nothing.
    if (row.size() > 1) targets.inputs.emplace_back(row.data(), row.size() - 1);
    for (std::size_t t = 1; t < row.size(); ++t, ++index) {
      if (!counts(masks, i, t)) continue;
      targets.counted.push_back(index);
      targets.next.push_back(row[t]);
    }
  }
  return targets;
}

std::int64_t count_predicted(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks) {
  check_input(lm, rows, masks);
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t t = 1; t < rows[i].size(); ++t) tokens += counts(masks, i, t) ? 1 : 0;
  }
  if (tokens == 0) fail("there is no token to predict");
  return tokens;
}

std::vector<at::Tensor> next_token_sums(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks,
                                        bool autocast, const Range& range, const Dropout& dropout) {
  const std::vector<Range> ranges = thread_ranges(lm, lengths_of(rows_of(rows, range)), autocast);
  std::vector<at::Tensor> sums(ranges.size());
  parallel_ranges(ranges, [&](std::size_t i, const Range& part) {
    const Range own{range.begin + part.begin, range.begin + part.end};
    const DropoutScope scope(dropout.rate, dropout.stream, tokens_before(rows, own.begin));
    const TargetRows targets = next_token_targets(rows, masks, own);
    if (targets.next.empty()) return;
    const Predictions predictions =
        predict(lm, /*value_head=*/nullptr, on_device(targets, lm.device()), {.autocast = autocast});
    sums[i] = -predictions.log_probs.sum();
  });
  std::erase_if(sums, [](const at::Tensor& sum) { return !sum.defined(); });
  return sums;
}

NextTokenLoss next_token_loss(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks) {
  const std::int64_t tokens = count_predicted(lm, rows, masks);
  const Range all{0, static_cast<std::int64_t>(rows.size())};
  const at::NoGradGuard no_grad;
  double nats = 0.0;
  for (const at::Tensor& sum : next_token_sums(lm, rows, masks, /*autocast=*/false, all)) nats += sum.item<double>();
  return {nats, tokens};
}

}  // namespace dppo
