#include "lm/pass_records.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_zero.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

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
constexpr std::int64_t kMostTokens = 2048;
constexpr std::int64_t kMostWork = std::int64_t{1} << 38;
constexpr std::int64_t kMostFloatWork = std::int64_t{1} << 36;

// Gradients stay in memory between updates, for this number of weights 2 GiB.
constexpr std::int64_t kMostWeights = std::int64_t{1} << 29;

// Gradients begin at multiples of this number of numbers, as kernels like it.
constexpr std::int64_t kGradientUnit = 64;

// Records of shapes take memory, so those of a long training do not pile up.
constexpr std::size_t kMostPasses = 64;

// Whether all weights are cast together, and all gradients of linear layers added together.
bool is_mixed(const CausalLM& lm, const PassOptions& options) { return options.autocast && lm.dtype() == at::kFloat; }

}  // namespace

// One shape.
class PassRecords::Pass {
 public:
  Pass(const PassRecords& records, const ValueHead* head, const Key& key, const std::shared_ptr<RecordingPlace>& place)
      : records_(records),
        lm_(records.lm_),
        head_(head),
        options_(key.options),
        has_gradients_(key.gradients),
        targets_(key.shape, lm_.device()),
        log_prob_gradients_(at::zeros({key.shape.predicted}, at::TensorOptions(lm_.device()).dtype(at::kFloat))),
        value_gradients_(at::zeros_like(log_prob_gradients_)),
        forward_(
            lm_.device(), [this] { run_forward(); }, place),
        backward_(
            lm_.device(), [this] { run_backward(); }, place) {}

  // Whether all work has run once.
  bool is_warm() const { return is_warm_; }
  bool is_recorded() const { return is_recorded_; }

  // Records all work. The parameters must have the gradients that the record is to add to.
  void record() {
    forget_graph();
    forward_.record();
    if (has_gradients_) backward_.record();
    forget_graph();
    is_recorded_ = true;
  }

  Predictions forward(const TargetRows& rows) {
    targets_.fill(rows);
    count_ = static_cast<std::int64_t>(rows.next.size());
    if (is_recorded_) {
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
    if (is_recorded_) return backward_();
    run_backward();
    forget_graph();
    is_warm_ = true;
  }

  // Frees what a forward pass has left for a backward pass.
  void forget_graph() {
    for (at::Tensor* output : {&outputs_.log_probs, &outputs_.values}) {
      if (output->defined()) *output = output->detach();
    }
  }

 private:
  void run_forward() {
    // A pass is short, and a flag might not live as long as a record.
    const CancelScope uncancelled(nullptr);
    const SameProductsScope same_products;
    const at::AutoGradMode mode(has_gradients_);
    std::optional<MixedLinearScope> mixed;
    if (is_mixed(lm_, options_)) mixed.emplace(lm_, records_.cast_gradients_);
    outputs_ = {};
    outputs_ = predict(lm_, head_, targets_.targets(), options_);
  }

  void run_backward() {
    if (head_ == nullptr) {
      torch::autograd::backward({outputs_.log_probs}, {log_prob_gradients_});
    } else {
      torch::autograd::backward({outputs_.log_probs, outputs_.values}, {log_prob_gradients_, value_gradients_});
    }
    if (is_mixed(lm_, options_)) records_.add_cast_gradients();
  }

  const PassRecords& records_;
  const CausalLM& lm_;
  const ValueHead* head_;
  PassOptions options_;
  bool has_gradients_;
  PaddedTargets targets_;
  Predictions outputs_;
  at::Tensor log_prob_gradients_, value_gradients_;  // (n with pads)
  Recording forward_, backward_;
  std::int64_t count_ = 0;  // n
  bool is_warm_ = false;
  bool is_recorded_ = false;
};

PassRecords::PassRecords(const CausalLM& lm, const ValueHead* head)
    : lm_(lm), head_(head == nullptr ? std::nullopt : std::optional(*head)), passes_(lm.device(), kMostPasses) {
  const auto add = [this](const at::Tensor& parameter) {
    if (parameter.requires_grad()) parameters_.push_back(parameter);
  };
  for (const auto& [name, tensor] : lm.parameters()) add(tensor);
  if (head_) {
    add(head_->weight);
    add(head_->bias);
  }
}

PassRecords::~PassRecords() = default;

bool PassRecords::suits_head(const ValueHead* head) const {
  return head == nullptr || (head_ && head_->weight.is_same(head->weight));
}

PassRecords::Pass& PassRecords::pass_for(const Key& key) {
  return passes_.get(key, [&](const std::shared_ptr<RecordingPlace>& place) {
    return std::make_unique<Pass>(*this, key.has_head ? &*head_ : nullptr, key, place);
  });
}

Predictions PassRecords::forward(const TargetRows& rows, const ValueHead* head, const PassOptions& options) {
  // A graph keeps the nodes that add to gradients, with the stream of its pass; a record needs its own.
  if (last_ != nullptr && !last_->is_recorded()) last_->forget_graph();
  const Key key{shape_of(rows), options, head != nullptr, at::GradMode::is_enabled()};
  last_ = nullptr;
  if (key.gradients) make_gradients(is_mixed(lm_, options));
  Pass& pass = pass_for(key);
  if (pass.is_warm() && !pass.is_recorded()) {
    if (key.gradients) attach_gradients();
    try {
      pass.record();
    } catch (...) {
      passes_.clear();
      throw;
    }
  }
  last_ = &pass;
  return pass.forward(rows);
}

void PassRecords::backward(const at::Tensor& log_probs, const at::Tensor& values) {
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

void PassRecords::make_gradients(bool mixed) {
  const at::NoGradGuard no_grad;
  if (gradients_.empty()) std::tie(gradient_memory_, gradients_) = memory_like(parameters_, at::kFloat);
  if (!mixed || !cast_gradients_.empty()) return;
  std::tie(cast_gradient_memory_, cast_gradients_) = memory_like(parameters_, at::kBFloat16);
}

// Adds what a backward pass has written for linear layers. A layer that the next pass leaves out then adds nothing.
void PassRecords::add_cast_gradients() const {
  const at::NoGradGuard no_grad;
  gradient_memory_.add_(cast_gradient_memory_);
  cast_gradient_memory_.zero_();
}

// Makes the gradients of the parameters be those to which records add, with what they hold.
void PassRecords::attach_gradients() {
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
  const std::int64_t weights = count_numbers(lm.parameters());
  if (weights > kMostWeights) return false;
  const bool wide = lm.compute_dtype() == at::kFloat && !autocast;
  return shape.tokens <= kMostTokens && shape.tokens * weights <= (wide ? kMostFloatWork : kMostWork);
}

}  // namespace

bool may_record(const CausalLM& lm, const PassOptions& options) {
  // The logits of every shape would stay in memory. Records keep gradients and losses in float32, and models in float64
  // serve checks of gradients.
  return options.records && !options.logits && lm.dtype() != at::kDouble && lm.device().is_cuda() && has_recordings();
}

PassRecords* pass_records(const CausalLM& lm, const ValueHead* head, const TargetRows& rows,
                          const PassOptions& options) {
  if (!may_record(lm, options) || !is_short(lm, shape_of(rows), options.autocast)) return nullptr;
  return &kept_or_made<PassRecords>(
      lm.kept_for_passes(), [head](const PassRecords& records) { return records.suits_head(head); },
      [&] { return std::make_unique<PassRecords>(lm, head); });
}

Predictions predict_rows(const CausalLM& lm, const ValueHead* head, const TargetRows& rows,
                         const PassOptions& options) {
  const at::NoGradGuard no_grad;
  PassRecords* const records = pass_records(lm, head, rows, options);
  if (records == nullptr) return predict(lm, head, on_device(rows, lm.device()), options);
  Predictions predictions = records->forward(rows, head, options);
  // The next pass overwrites them.
  for (at::Tensor* tensor : {&predictions.log_probs, &predictions.values, &predictions.entropy}) {
    if (tensor->defined()) *tensor = tensor->clone();
  }
  return predictions;
}

}  // namespace dppo
