#include "ppo/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace dppo {

namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::kShape, what); }

std::string sample(std::size_t i) { return "sample " + std::to_string(i); }

void check_mask(const PpoBatch& batch, std::size_t i) {
  const auto& mask = batch.response_masks[i];
  if (mask.size() != batch.responses[i].size()) {
    fail(sample(i) + ": the response mask has " + std::to_string(mask.size()) + " entries for " +
         std::to_string(batch.responses[i].size()) + " tokens");
  }
  if (std::ranges::none_of(mask, [](std::uint8_t value) { return value != 0; })) {
    fail(sample(i) + ": the response mask counts no token");
  }
}

void check_permutations(const PpoBatch& batch, const PpoConfig& config) {
  if (batch.permutations.empty()) return;
  if (static_cast<std::int64_t>(batch.permutations.size()) != config.ppo_epochs) {
    fail("expected one permutation a PPO epoch");
  }
  std::vector<std::int64_t> identity(batch.queries.size());
  std::iota(identity.begin(), identity.end(), 0);
  for (auto order : batch.permutations) {
    std::ranges::sort(order);
    if (order != identity) fail("a permutation must hold every sample of the batch once");
  }
}

void check_ptx_rows(const PpoBatch& batch, const PpoConfig& config, const ModelConfig& model) {
  const auto minibatches = static_cast<std::size_t>(config.ppo_epochs * config.minibatches());
  const std::size_t count = batch.ptx_rows.size();
  if (config.ptx_coef == 0.0) {
    if (count > 0) fail("ptxRows are given, but ptxCoef is 0");
    return;
  }
  if (count == 0 || count % minibatches != 0) {
    fail("expected ptxRows for each of the " + std::to_string(minibatches) +
         " minibatches of all epochs, as many for each; got " + std::to_string(count) + " rows");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "ptxRows " + std::to_string(i);
    check_tokens(name, batch.ptx_rows[i], model);
    check_length(name, batch.ptx_rows[i].size(), model);
    if (batch.ptx_rows[i].size() < 2) fail(name + " has no token to predict; expected at least two tokens");
  }
}

}  // namespace

void check_batch(const PpoBatch& batch, const PpoConfig& config, const ModelConfig& model) {
  const auto size = static_cast<std::size_t>(config.batch_size);
  if (batch.queries.size() != size || batch.responses.size() != size || batch.scores.size() != size) {
    fail("expected batchSize = " + std::to_string(size) + " queries, responses and scores; got " +
         std::to_string(batch.queries.size()) + ", " + std::to_string(batch.responses.size()) + " and " +
         std::to_string(batch.scores.size()));
  }
  if (!batch.response_masks.empty() && batch.response_masks.size() != size) fail("expected one response mask a sample");
  for (std::size_t i = 0; i < size; ++i) {
    check_tokens(sample(i) + ": the query", batch.queries[i], model);
    check_tokens(sample(i) + ": the response", batch.responses[i], model);
    check_length(sample(i), batch.queries[i].size() + batch.responses[i].size(), model);
    if (!std::isfinite(batch.scores[i])) fail(sample(i) + ": the score is not finite");
    if (!batch.response_masks.empty()) check_mask(batch, i);
  }
  check_permutations(batch, config);
  check_ptx_rows(batch, config, model);
}

StepRows join_rows(const PpoBatch& batch, const PpoConfig& config, c10::Device device) {
  StepRows rows{batch.queries, {}, batch.response_masks, {}};
  std::size_t width = 0;
  for (std::size_t i = 0; i < batch.queries.size(); ++i) {
    const auto& response = batch.responses[i];
    rows.tokens[i].insert(rows.tokens[i].end(), response.begin(), response.end());
    rows.queries.push_back(static_cast<std::int64_t>(batch.queries[i].size()));
    if (batch.response_masks.empty()) rows.counted.emplace_back(response.size(), 1);
    width = std::max(width, rows.tokens[i].size());
  }
  // Position t predicts token t + 1, so the mask of a response starts at the last token of its query.
  std::vector<std::int64_t> starts = rows.queries;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    starts[i] -= 1;
    if (config.pad_side == PadSide::kLeft) starts[i] += static_cast<std::int64_t>(width - rows.tokens[i].size());
  }
  const auto columns = static_cast<std::int64_t>(width) - 1;
  rows.response_mask = place_masks(rows.counted, starts, columns).to(at::kFloat).to(device);
  return rows;
}

}  // namespace dppo
