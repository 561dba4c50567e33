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

void check_ids(const std::vector<std::int64_t>& ids, std::int64_t vocabulary, const std::string& where) {
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= vocabulary) {
      fail(where + " holds the token id " + std::to_string(id) + ", outside the vocabulary of " +
           std::to_string(vocabulary));
    }
  }
}

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
    if (batch.queries[i].empty()) fail(sample(i) + ": the query is empty");
    if (batch.responses[i].empty()) fail(sample(i) + ": the response is empty");
    check_ids(batch.queries[i], model.vocab_size, sample(i) + ": the query");
    check_ids(batch.responses[i], model.vocab_size, sample(i) + ": the response");
    const auto length = static_cast<std::int64_t>(batch.queries[i].size() + batch.responses[i].size());
    if (length > model.max_positions) {
      fail(sample(i) + " has " + std::to_string(length) + " tokens; the model has " +
           std::to_string(model.max_positions) + " positions");
    }
    if (!std::isfinite(batch.scores[i])) fail(sample(i) + ": the score is not finite");
    if (!batch.response_masks.empty()) check_mask(batch, i);
  }
  check_permutations(batch, config);
}

PaddedBatch pad_batch(const PpoBatch& batch, const PpoConfig& config, c10::Device device) {
  const auto rows = static_cast<std::int64_t>(batch.queries.size());
  std::int64_t width = 0;
  for (std::size_t i = 0; i < batch.queries.size(); ++i) {
    width = std::max(width, static_cast<std::int64_t>(batch.queries[i].size() + batch.responses[i].size()));
  }
  at::Tensor ids = at::full({rows, width}, config.pad_token_id, at::kLong);
  at::Tensor mask = at::zeros({rows, width}, at::kBool);
  at::Tensor counted = at::zeros({rows, width - 1}, at::kFloat);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto& query = batch.queries[static_cast<std::size_t>(i)];
    const auto& response = batch.responses[static_cast<std::size_t>(i)];
    const auto q = static_cast<std::int64_t>(query.size());
    const auto r = static_cast<std::int64_t>(response.size());
    const std::int64_t pad = config.pad_side == "left" ? width - q - r : 0;
    ids[i].narrow(0, pad, q).copy_(at::tensor(query, at::kLong));
    ids[i].narrow(0, pad + q, r).copy_(at::tensor(response, at::kLong));
    mask[i].narrow(0, pad, q + r).fill_(true);
    // Position t predicts token t + 1, so the last query token is the first that counts.
    at::Tensor row = counted[i].narrow(0, pad + q - 1, r);
    row.fill_(1.0);
    if (!batch.response_masks.empty()) {
      const auto& own = batch.response_masks[static_cast<std::size_t>(i)];
      for (std::int64_t t = 0; t < r; ++t) {
        if (own[static_cast<std::size_t>(t)] == 0) row[t].fill_(0.0);
      }
    }
  }
  return {ids.to(device), mask.to(device), counted.to(device)};
}

}  // namespace dppo
