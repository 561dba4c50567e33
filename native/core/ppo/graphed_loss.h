// Loss, gradients and statistics of a minibatch as one CUDA graph. They are some two hundred operations on few
// numbers, which take a GPU as long to start as half a pass of a small model takes to compute.
// Letters: B samples of the step, m of the minibatch, n response tokens of them that count, T padded length.
#pragma once

#include <ATen/core/Tensor.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/graphed_callable.h"
#include "lm/predictions.h"
#include "ppo/config.h"
#include "ppo/samples.h"
#include "ppo/statistics.h"
#include "ppo/step.h"

namespace dppo {

// What follows from the outputs of a pass over a minibatch.
struct MinibatchLoss {
  double total = 0.0;  // not divided by the accumulation steps
  double mean_ratio = 0.0;
  MinibatchStats stats;
  at::Tensor log_prob_gradients;  // (n) of the loss divided by the accumulation steps; the next minibatch overwrites it
  at::Tensor value_gradients;     // (n) likewise
};

// One graph for each shape of a minibatch. On a CPU, the work runs as it is.
class GraphedLoss {
 public:
  GraphedLoss(const PpoConfig& config, c10::Device device);
  ~GraphedLoss();

  // Takes what the minibatches of the step train on.
  void start(const StepData& data);

  // Returns loss, gradients and statistics of some samples of the step, for the predictions (n) of a pass over them.
  MinibatchLoss operator()(SampleIndices samples, const Predictions& predictions);

 private:
  class Pass;
  struct Shape {
    std::int64_t samples, width, predicted;  // m, T - 1 and n, rounded up
    auto operator<=>(const Shape&) const = default;
  };
  std::vector<std::int64_t> token_indices(SampleIndices samples, const Shape& shape) const;

  const PpoConfig& config_;
  c10::Device device_;
  std::int64_t columns_ = 0;                        // T - 1 of the step
  at::Tensor table_;                                // (parts of a sample, B, T - 1 rounded up)
  std::vector<std::vector<std::int64_t>> counted_;  // B, the columns of tokens that count
  GraphCache<Shape, Pass> passes_;
};

}  // namespace dppo
