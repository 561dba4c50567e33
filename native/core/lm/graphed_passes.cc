#include "lm/graphed_passes.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_zero.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>
#include <tuple>
#include <utility>

#include "base/cancel.h"
#include "base/round_up.h"
#include "model/linear.h"
#include "model/mixed_linear.h"

namespace dppo {

namespace {

// A pass over more tokens, or with more weights times tokens, keeps a GPU busy by itself, and pads would cost time.
// Products of float32 matrices take several times as long as those of bfloat16.
constexpr std::int64_t kMaxTokens = 2048;
constexpr std::int64_t kMaxWork = std::int64_t{1} << 38;
constexpr std::int64_t kMaxFloatWork = std::int64_t{1} << 36;

// Gradients stay in memory between updates, for this number of weights 2 GiB.
constexpr std::int64_t kMaxWeights = std::int64_t{1} << 29;

// Gradients begin at multiples of this number of numbers, as kernels like it.
constexpr std::int64_t kGradientUnit = 64;

// The graphs of a shape take memory, so those of a long training do not pile up.
constexpr std::size_t kMaxPasses = 64;

// Whether all weights are cast together, and all gradients of linear layers added together.
bool is_mixed(const CausalLM& lm, const PassOptions& options) { return options.autocast && lm.dtype() == at::kFloat; }

}  // namespace

// One shape.
class GraphedPasses::Pass {
 public:
  Pass(const GraphedPasses& owner, const ValueHead* value_head, const Key& key, const std::shared_ptr<GraphPool>& pool)
      : owner_(owner),
        lm_(owner.lm_),
        value_head_(value_head),
        options_(key.options),
        has_gradients_(key.gradients),
        targets_(key.shape, lm_.device()),
        log_prob_gradients_(at::zeros({key.shape.predicted}, at::TensorOptions(lm_.device()).dtype(at::kFloat))),
        value_gradients_(at::zeros_like(log_prob_gradients_)),
        forward_(
            lm_.device(), [this] { run_forward(); }, pool),
        backward_(
            lm_.device(), [this] { run_backward(); }, pool) {}

  // Whether all work has run once.
  bool is_warm() const { return is_warm_; }
  bool is_captured() const { return is_captured_; }

  // Captures all work. The parameters must have the gradients that the graph is to add to.
  void capture() {
    free_autograd_graph();
    forward_.capture();
    if (has_gradients_) backward_.capture();
    free_autograd_graph();
    is_captured_ = true;
  }

  Predictions forward(const TargetRows& rows) {
    targets_.fill(rows);
    count_ = static_cast<std::int64_t>(rows.next.size());
    if (is_captured_) {
      forward_();
    } else {
      run_forward();
      is_warm_ |= !has_gradients_;
    }
    const auto own = [this](const at::Tensor& all) {
      return all.defined() ? all.detach().narrow(0, 0, count_) : at::Tensor();
    };
    return {own(outputs_.log_probs), own(outputs_.values), own(outputs_.entropy), own(outputs_.logits)};
  }

  void backward(const at::Tensor& log_probs, const at::Tensor& values) {
    const at::NoGradGuard no_grad;
    log_prob_gradients_.zero_().narrow(0, 0, count_).copy_(log_probs);
    if (values.defined()) value_gradients_.zero_().narrow(0, 0, count_).copy_(values);
    if (is_captured_) return backward_();
    run_backward();
    free_autograd_graph();
    is_warm_ = true;
  }

  // Frees what a forward pass has left for a backward pass.
  void free_autograd_graph() {
    for (at::Tensor* output : {&outputs_.log_probs, &outputs_.values}) {
      if (output->defined()) *output = output->detach();
    }
  }

 private:
  void run_forward() {
    // A pass is short, and a flag might not live as long as the graph.
    const CancelScope uncancelled(nullptr);
    const TrainingKernelsScope training_kernels;
    const at::AutoGradMode mode(has_gradients_);
    std::optional<MixedLinearScope> mixed;
    if (is_mixed(lm_, options_)) mixed.emplace(lm_, owner_.cast_gradients_);
    outputs_ = {};
    outputs_ = predict(lm_, value_head_, targets_.targets(), options_);
  }

  void run_backward() {
    if (value_head_ == nullptr) {
      torch::autograd::backward({outputs_.log_probs}, {log_prob_gradients_});
    } else {
      torch::autograd::backward({outputs_.log_probs, outputs_.values}, {log_prob_gradients_, value_gradients_});
    }
    if (is_mixed(lm_, options_)) owner_.add_cast_gradients();
  }

  const GraphedPasses& owner_;
  const CausalLM& lm_;
  const ValueHead* value_head_;
  PassOptions options_;
  bool has_gradients_;
  PaddedTargets targets_;
  Predictions outputs_;
  at::Tensor log_prob_gradients_, value_gradients_;  // (n with pads)
  GraphedCallable forward_, backward_;
  std::int64_t count_ = 0;  // n
  bool is_warm_ = false;
  bool is_captured_ = false;
};

GraphedPasses::GraphedPasses(const CausalLM& lm, const ValueHead* value_head)
    : lm_(lm),
      value_head_(value_head == nullptr ? std::nullopt : std::optional(*value_head)),
      passes_(lm.device(), kMaxPasses) {
  const auto add = [this](const at::Tensor& parameter) {
    if (parameter.requires_grad()) parameters_.push_back(parameter);
  };
  for (const auto& [name, tensor] : lm.parameters()) add(tensor);
  if (value_head_) {
    add(value_head_->weight);
    add(value_head_->bias);
  }
}

GraphedPasses::~GraphedPasses() = default;

bool GraphedPasses::suits_value_head(const ValueHead* value_head) const {
  return value_head == nullptr || (value_head_ && value_head_->weight.is_same(value_head->weight));
}

GraphedPasses::Pass& GraphedPasses::pass_for(const Key& key) {
  return passes_.get(key, [&](const std::shared_ptr<GraphPool>& pool) {
    return std::make_unique<Pass>(*this, key.has_value_head ? &*value_head_ : nullptr, key, pool);
  });
}

Predictions GraphedPasses::forward(const TargetRows& rows, const ValueHead* value_head, const PassOptions& options) {
  // An autograd graph keeps the nodes that add to gradients, with the stream of its pass; a captured pass needs its
  // own.
  if (last_ != nullptr && !last_->is_captured()) last_->free_autograd_graph();
  const Key key{shape_of(rows), options, value_head != nullptr, at::GradMode::is_enabled()};
  last_ = nullptr;
  if (key.gradients) make_gradients(is_mixed(lm_, options));
  Pass& pass = pass_for(key);
  if (pass.is_warm() && !pass.is_captured()) {
    if (key.gradients) attach_gradients();
    try {
      pass.capture();
    } catch (...) {
      passes_.clear();
      throw;
    }
  }
  last_ = &pass;
  return pass.forward(rows);
}

void GraphedPasses::backward(const at::Tensor& log_probs, const at::Tensor& values) {
  attach_gradients();
  last_->backward(log_probs, values);
}

namespace {

// Returns memory for one number of each parameter's, and views of it that are laid out as the parameters: those that
// share memory share it there too, in the same order.
std::pair<at::Tensor, std::vector<at::Tensor>> memory_like(const std::vector<at::Tensor>& parameters,
                                                           at::ScalarType type) {
  std::map<const void*, std::int64_t> starts;  // of each piece of memory that parameters have
  std::int64_t total = 0;
  for (const at::Tensor& parameter : parameters) {
    const auto numbers = static_cast<std::int64_t>(parameter.storage().nbytes()) / parameter.element_size();
    if (starts.emplace(parameter.storage().data(), total).second) total += round_up(numbers, kGradientUnit);
  }
  const at::Tensor memory = at::zeros({total}, parameters.front().options().dtype(type).requires_grad(false));
  std::vector<at::Tensor> views;
  for (const at::Tensor& parameter : parameters) {
    const std::int64_t start = starts.at(parameter.storage().data());
    views.push_back(memory.as_strided(parameter.sizes(), parameter.strides(), start + parameter.storage_offset()));
  }
  return {memory, std::move(views)};
}

}  // namespace

void GraphedPasses::make_gradients(bool mixed) {
  const at::NoGradGuard no_grad;
  if (gradients_.empty()) std::tie(gradient_memory_, gradients_) = memory_like(parameters_, at::kFloat);
  if (!mixed || !cast_gradients_.empty()) return;
  std::tie(cast_gradient_memory_, cast_gradients_) = memory_like(parameters_, at::kBFloat16);
}

// Adds what a backward pass has written for linear layers. A layer that the next pass leaves out then adds nothing.
void GraphedPasses::add_cast_gradients() const {
  const at::NoGradGuard no_grad;
  gradient_memory_.add_(cast_gradient_memory_);
  cast_gradient_memory_.zero_();
}

// Makes the gradients of the parameters be those to which captured passes add, with what they hold.
void GraphedPasses::attach_gradients() {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> empty;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& gradient = parameters_[i].mutable_grad();
    if (!gradient.defined()) {
      empty.push_back(gradients_[i]);
    } else if (!gradient.is_same(gradients_[i])) {
      gradients_[i].copy_(gradient);
    }
    gradient = gradients_[i];
  }
  if (!empty.empty()) at::_foreach_zero_(empty);
}

namespace {

bool is_short(const CausalLM& lm, const PassShape& shape, bool autocast) {
  const std::int64_t weights = total_numel(lm.parameters());
  if (weights > kMaxWeights) return false;
  const bool wide = lm.compute_dtype() == at::kFloat && !autocast;
  return shape.tokens <= kMaxTokens && shape.tokens * weights <= (wide ? kMaxFloatWork : kMaxWork);
}

}  // namespace

bool may_capture(const CausalLM& lm, const PassOptions& options) {
  // The logits of every shape would stay in memory. Captured passes keep gradients and losses in float32, and models in
  // float64 serve checks of gradients.
  return options.capture && !options.logits && lm.dtype() != at::kDouble && lm.device().is_cuda() && has_cuda_graphs();
}

GraphedPasses* graphed_passes(const CausalLM& lm, const ValueHead* value_head, const TargetRows& rows,
                              const PassOptions& options) {
  if (!may_capture(lm, options) || !is_short(lm, shape_of(rows), options.autocast)) return nullptr;
  return &reuse_or_create<GraphedPasses>(
      lm.training_workspace(),
      [value_head](const GraphedPasses& graphed) { return graphed.suits_value_head(value_head); },
      [&] { return std::make_unique<GraphedPasses>(lm, value_head); });
}

Predictions predict_rows(const CausalLM& lm, const ValueHead* value_head, const TargetRows& rows,
                         const PassOptions& options) {
  const at::NoGradGuard no_grad;
  GraphedPasses* const graphed = graphed_passes(lm, value_head, rows, options);
  if (graphed == nullptr) return predict(lm, value_head, on_device(rows, lm.device()), options);
  Predictions predictions = graphed->forward(rows, value_head, options);
  // The next pass overwrites them.
  for (at::Tensor* tensor : {&predictions.log_probs, &predictions.values, &predictions.entropy}) {
    if (tensor->defined()) *tensor = tensor->clone();
  }
  return predictions;
}

}  // namespace dppo
