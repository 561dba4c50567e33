#include "ppo/batch.h"

#include <ATen/ATen.h>

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
}

PaddedBatch pad_batch(const PpoBatch& batch, const PpoConfig& config, c10::Device device) {
  TokenRows rows = batch.queries;
  TokenMasks response_masks = batch.response_masks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& response = batch.responses[i];
    rows[i].insert(rows[i].end(), response.begin(), response.end());
    if (batch.response_masks.empty()) response_masks.emplace_back(response.size(), 1);
  }
  const PaddedRows padded = pad_rows(rows, config.pad_side, config.pad_token_id);
  // Position t predicts token t + 1, so the mask of a response starts at the last token of its query.
  std::vector<std::int64_t> starts = padded.starts;
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] += static_cast<std::int64_t>(batch.queries[i].size()) - 1;
  const at::Tensor response_mask = place_masks(response_masks, starts, padded.ids.size(1) - 1).to(at::kFloat);
  return {padded.ids.to(device), padded.mask.to(device), response_mask.to(device)};
}

PaddedBatch select_rows(const PaddedBatch& batch, const at::Tensor& index) {
  return {batch.ids.index_select(0, index), batch.mask.index_select(0, index),
          batch.response_mask.index_select(0, index)};
}

}  // namespace dppo
