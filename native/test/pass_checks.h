// Passes over samples computed in two ways, for the tests on a CPU and on a GPU.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "golden.h"
#include "lm/graphed_passes.h"
#include "model/policy.h"
#include "ppo/batch.h"
#include "ppo/samples.h"

namespace dppo {

inline constexpr std::array kPassModels{"opt_base", "gpt2_base", "llama_grouped_llama3", "mistral_window"};

// Orders of samples that share one shape.
inline const std::vector<std::vector<std::int64_t>> kSampleOrders{{0, 1}, {3, 2}, {2, 0}, {0, 1}};

// Rows of different lengths, one with tokens that take no part.
inline PpoBatch ragged_batch() {
  PpoBatch batch;
  batch.queries = {{3, 4, 5}, {6}, {7, 8, 9, 10, 11, 12}, {13, 14}};
  batch.responses = {{15, 16}, {17, 18, 19, 20, 21}, {22}, {23, 24, 25, 26}};
  batch.response_masks = {{1, 1}, {1, 0, 1, 1, 0}, {1}, {1, 1, 1, 1}};
  return batch;
}

inline StepRows rows_of(const PpoBatch& batch, c10::Device device) { return join_rows(batch, {}, device); }

struct PassResult {
  Predictions predictions;
  std::vector<at::Tensor> gradients;  // of the policy's parameters
};

// Returns gradients (n) for log-probabilities and values: any numbers that differ.
inline std::array<at::Tensor, 2> output_gradients(const at::Tensor& like) {
  const at::Tensor places = at::arange(like.size(0), like.options().requires_grad(false));
  return {places.sin(), places.cos()};
}

inline std::vector<at::Tensor> take_gradients(const Policy& policy) {
  std::vector<at::Tensor> gradients;
  for (const auto& [name, tensor] : policy.parameters()) {
    gradients.push_back(tensor.grad().clone());
    tensor.mutable_grad().reset();
  }
  return gradients;
}

inline PassResult plain_pass(const Policy& policy, const std::vector<std::int64_t>& samples,
                             const PassOptions& options) {
  const c10::Device device = policy.lm->device();
  const StepRows rows = rows_of(ragged_batch(), device);
  PassResult result{
      predict(*policy.lm, policy.value_head_or_null(), on_device(targets_of(rows, samples), device), options), {}};
  const auto [log_probs, values] = output_gradients(result.predictions.log_probs);
  torch::autograd::backward({result.predictions.log_probs, result.predictions.values}, {log_probs, values});
  result.gradients = take_gradients(policy);
  // The graph would keep nodes with the stream of this pass.
  for (at::Tensor* tensor : {&result.predictions.log_probs, &result.predictions.values}) *tensor = tensor->detach();
  return result;
}

inline PassResult graphed_pass(GraphedPasses& graphed, const Policy& policy, const std::vector<std::int64_t>& samples,
                               const PassOptions& options, bool keep_gradients = false) {
  if (!keep_gradients) {
    for (const auto& [name, tensor] : policy.parameters()) tensor.mutable_grad().reset();
  }
  const StepRows rows = rows_of(ragged_batch(), policy.lm->device());
  PassResult result{graphed.forward(targets_of(rows, samples), policy.value_head_or_null(), options), {}};
  for (at::Tensor* tensor : {&result.predictions.log_probs, &result.predictions.values, &result.predictions.entropy}) {
    if (tensor->defined()) *tensor = tensor->clone();
  }
  const auto [log_probs, values] = output_gradients(result.predictions.log_probs);
  graphed.backward(log_probs, values);
  result.gradients = take_gradients(policy);
  return result;
}

inline void expect_equal(const PassResult& ours, const PassResult& expected, const std::string& what,
                         double tolerance) {
  const auto within = [&](const std::string& part, const at::Tensor& a, const at::Tensor& b) {
    ASSERT_EQ(a.defined(), b.defined()) << what << ": " << part;
    if (!a.defined()) return;
    // Gradients of some weights are sums of up to some tens, so deviations are relative to the largest number.
    const at::Tensor here = a.detach().cpu(), there = b.detach().cpu();
    golden::within(what + ": " + part, golden::deviation(here, there) / std::max(1.0, there.abs().max().item<double>()),
                   tolerance);
  };
  within("log-probabilities", ours.predictions.log_probs, expected.predictions.log_probs);
  within("values", ours.predictions.values, expected.predictions.values);
  within("entropy", ours.predictions.entropy, expected.predictions.entropy);
  ASSERT_EQ(ours.gradients.size(), expected.gradients.size());
  for (std::size_t i = 0; i < ours.gradients.size(); ++i) within("gradients", ours.gradients[i], expected.gradients[i]);
}

// Runs passes of more shapes than are kept, each often enough to be captured, and expects what plain passes give.
inline void expect_equal_over_many_shapes(GraphedPasses& graphed, const Policy& policy, double tolerance) {
  for (std::size_t rows = 1; rows <= 70; ++rows) {
    const std::vector<std::int64_t> samples(rows, 1);
    const PassResult expected = plain_pass(policy, samples, {});
    for (int i = 0; i < 3; ++i) {
      expect_equal(graphed_pass(graphed, policy, samples, {}), expected, "one of many shapes", tolerance);
    }
  }
}

}  // namespace dppo
