#include "ppo/graphed_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/index_tensor.h"
#include "base/round_up.h"
#include "lm/padded_targets.h"
#include "ppo/loss.h"

namespace dppo {

namespace {

// Graphs take memory, so those of a long training do not pile up.
constexpr std::size_t kMaxPasses = 32;

// What the table of a step has of each sample.
enum Part : std::int64_t { kMask, kOldLogProbs, kOldValues, kAdvantages, kReturns, kParts };

}  // namespace

// One shape.
class GraphedLoss::Pass {
 public:
  Pass(const PpoConfig& config, const Shape& shape, c10::Device device, const std::shared_ptr<GraphPool>& pool)
      : config_(config),
        shape_(shape),
        float_options_(at::TensorOptions(device).dtype(at::kFloat)),
        parts_(at::zeros({kParts, shape.samples, shape.width}, float_options_)),
        tokens_(at::zeros({shape.predicted}, float_options_.dtype(at::kLong))),
        log_probs_(at::zeros({shape.predicted}, float_options_)),
        values_(at::zeros({shape.predicted}, float_options_)),
        entropy_(at::zeros({shape.predicted}, float_options_)),
        graph_(
            device, [this] { compute(); }, pool) {}

  // Takes the step's table, the indices of the samples (m) and of their tokens (n rounded up) on the device, and what a
  // pass predicts.
  void run(const at::Tensor& table, const at::Tensor& samples, const at::Tensor& tokens,
           const Predictions& predictions) {
    const at::NoGradGuard no_grad;
    at::index_select_out(parts_, table, /*dim=*/1, samples);
    tokens_.copy_(tokens);
    const std::int64_t count = predictions.log_probs.size(0);
    log_probs_.narrow(0, 0, count).copy_(predictions.log_probs);
    values_.narrow(0, 0, count).copy_(predictions.values);
    entropy_.narrow(0, 0, count).copy_(predictions.entropy);
    graph_();
  }

  // The following are results, which the next run overwrites.
  std::vector<const char*> names;
  at::Tensor numbers;                              // float64: the scalars of the statistics, total loss, mean ratio
  at::Tensor advantages, ratio;                    // (m, width)
  at::Tensor log_prob_gradients, value_gradients;  // (n rounded up)

 private:
  void compute() {
    at::Tensor log_probs = scatter(log_probs_), values = scatter(values_);
    const LossInput input{.log_probs = log_probs.requires_grad_(),
                          .values = values.requires_grad_(),
                          .old_log_probs = parts_[kOldLogProbs],
                          .old_values = parts_[kOldValues],
                          .advantages = parts_[kAdvantages],
                          .returns = parts_[kReturns],
                          .mask = parts_[kMask],
                          .tokens = parts_[kMask].sum()};
    Losses losses;
    std::vector<at::Tensor> gradients;
    {
      const at::AutoGradMode with_gradients(true);
      losses = ppo_losses(input, config_);
      const auto accumulated = static_cast<double>(config_.gradient_accumulation_steps);
      gradients = torch::autograd::grad({losses.total / accumulated}, {log_probs, values});
    }
    log_prob_gradients = gather(gradients[0]);
    value_gradients = gather(gradients[1]);
    const MinibatchScalars scalars = minibatch_scalars(input, losses, scatter(entropy_));
    names = scalars.names;
    numbers = at::cat({scalars.values, at::stack({losses.total.detach(), losses.mean_ratio.detach()}).to(at::kDouble)});
    advantages = input.advantages * input.mask;
    ratio = losses.ratio.detach() * input.mask;
  }

  // Scatters a value for each token (n rounded up) to the batch (m, width). The pads have an index of their own after
  // all others.
  at::Tensor scatter(const at::Tensor& flat) const {
    const std::int64_t size = shape_.samples * shape_.width;
    return at::zeros({size + 1}, float_options_)
        .index_copy_(0, tokens_, flat)
        .narrow(0, 0, size)
        .view({shape_.samples, shape_.width});
  }

  at::Tensor gather(const at::Tensor& batch) const {
    return at::cat({batch.flatten(), at::zeros({1}, float_options_)}).index_select(0, tokens_);
  }

  const PpoConfig& config_;
  Shape shape_;
  at::TensorOptions float_options_;
  at::Tensor parts_, tokens_, log_probs_, values_, entropy_;
  GraphedCallable graph_;
};

GraphedLoss::GraphedLoss(const PpoConfig& config, c10::Device device)
    : config_(config), device_(device), passes_(device, kMaxPasses) {}

GraphedLoss::~GraphedLoss() = default;

void GraphedLoss::start(const StepData& data) {
  const at::NoGradGuard no_grad;
  const at::Tensor& mask = data.rows.response_mask;
  columns_ = mask.size(1);
  table_ = at::zeros({kParts, mask.size(0), round_up(columns_, kWidthUnit)}, mask.options());
  const auto put = [this](Part part, const at::Tensor& values) { table_[part].narrow(1, 0, columns_).copy_(values); };
  put(kMask, mask);
  put(kOldLogProbs, data.old.log_probs);
  put(kOldValues, data.advantages.values);
  put(kAdvantages, data.advantages.advantages);
  put(kReturns, data.advantages.returns);
  const at::Tensor here = mask.cpu();
  const float* counts = here.const_data_ptr<float>();
  counted_.assign(static_cast<std::size_t>(mask.size(0)), {});
  for (auto& columns : counted_) {
    for (std::int64_t column = 0; column < columns_; ++column, ++counts) {
      if (*counts > 0.0F) columns.push_back(column);
    }
  }
}

// Returns the index of each token that counts in the batch (m, width) and, for the pads, the one after all others.
std::vector<std::int64_t> GraphedLoss::token_indices(SampleIndices samples, const Shape& shape) const {
  std::vector<std::int64_t> indices;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    for (const std::int64_t column : counted_[static_cast<std::size_t>(samples[row])]) {
      indices.push_back(static_cast<std::int64_t>(row) * shape.width + column);
    }
  }
  indices.resize(static_cast<std::size_t>(shape.predicted), shape.samples * shape.width);
  return indices;
}

MinibatchLoss GraphedLoss::operator()(SampleIndices samples, const Predictions& predictions) {
  const std::int64_t count = predictions.log_probs.size(0);
  const Shape shape{static_cast<std::int64_t>(samples.size()), table_.size(2), round_up(count, kPredictedUnit)};
  Pass& pass = passes_.get(shape, [&](const std::shared_ptr<GraphPool>& pool) {
    return std::make_unique<Pass>(config_, shape, device_, pool);
  });
  try {
    pass.run(table_, index_tensor(samples, device_), index_tensor(token_indices(samples, shape), device_), predictions);
  } catch (...) {
    passes_.clear();
    throw;
  }
  const at::Tensor numbers = pass.numbers.cpu();
  const std::int64_t scalars = numbers.size(0) - 2;
  const double* last = numbers.const_data_ptr<double>() + scalars;
  MinibatchLoss loss{.total = last[0],
                     .mean_ratio = last[1],
                     .stats = make_stats({pass.names, numbers.narrow(0, 0, scalars)}),
                     .log_prob_gradients = pass.log_prob_gradients.narrow(0, 0, count),
                     .value_gradients = pass.value_gradients.narrow(0, 0, count)};
  // The next run overwrites them.
  loss.stats.advantages = pass.advantages.narrow(1, 0, columns_).clone();
  loss.stats.ratio = pass.ratio.narrow(1, 0, columns_).clone();
  return loss;
}

}  // namespace dppo
