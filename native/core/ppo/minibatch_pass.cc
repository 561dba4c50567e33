#include "ppo/minibatch_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "base/parallel.h"
#include "model/thread_ranges.h"
#include "optim/backward.h"
#include "ppo/gather_rows.h"

namespace dppo {

MinibatchPass::MinibatchPass(const Policy& policy, const StepRows& rows, SampleIndices samples,
                             const PassOptions& options, Communicator& group)
    : policy_(policy), own_(group.shard(static_cast<std::int64_t>(samples.size()))) {
  outputs_.mask = mask_of(rows, samples);
  const SampleIndices own = samples_of(samples, own_);
  if (!own.empty()) forward(rows, own, options);
  const at::Tensor mask = own_mask();
  const auto own_rows = [&](at::Tensor Predictions::*member) {
    const at::Tensor joined = join(predictions_, member);
    return joined.defined() ? scatter_masked(mask, joined.detach()) : joined;
  };
  outputs_.log_probs = own_rows(&Predictions::log_probs);
  outputs_.values = own_rows(&Predictions::values);
  outputs_.entropy = own_rows(&Predictions::entropy);
  if (group.size() > 1) {
    const at::Tensor all =
        gather_rows({outputs_.log_probs, outputs_.values, outputs_.entropy}, outputs_.mask, own_, group);
    outputs_.log_probs = all[0];
    outputs_.values = all[1];
    outputs_.entropy = all[2];
  }
  // The loss has a graph of its own, which ends here. The graphs of the threads go on from its gradients.
  outputs_.log_probs = outputs_.log_probs.detach().requires_grad_();
  outputs_.values = outputs_.values.detach().requires_grad_();
}

void MinibatchPass::forward(const StepRows& rows, SampleIndices own, const PassOptions& options) {
  const CausalLM& lm = *policy_.lm;
  if (may_capture(lm, options)) {
    const TargetRows targets = targets_of(rows, own);
    graphed_ = graphed_passes(lm, policy_.value_head_or_null(), targets, options);
    if (graphed_ != nullptr) {
      predictions_ = {graphed_->forward(targets, policy_.value_head_or_null(), options)};
      return;
    }
  }
  const std::vector<Range> ranges = thread_ranges(lm, lengths_of(rows, own), options.autocast);
  predictions_.resize(ranges.size());
  parallel_ranges(ranges, [&](std::size_t i, const Range& range) {
    const TargetRows part = targets_of(rows, samples_of(own, range));
    predictions_[i] = predict(lm, policy_.value_head_or_null(), on_device(part, lm.device()), options);
  });
}

at::Tensor MinibatchPass::own_mask() const { return outputs_.mask.narrow(0, own_.begin, own_.size()); }

void MinibatchPass::add_gradients(const at::Tensor& loss) {
  loss.backward();
  if (predictions_.empty()) return;
  const at::Tensor mask = own_mask();
  const auto of_own_tokens = [&](const at::Tensor& outputs) {
    return select_masked(mask, outputs.grad().narrow(0, own_.begin, own_.size()));
  };
  const at::Tensor log_probs = of_own_tokens(outputs_.log_probs), values = of_own_tokens(outputs_.values);
  if (graphed_ != nullptr) return graphed_->backward(log_probs, values);
  std::vector<ForwardPass> passes;
  std::int64_t first = 0;
  for (const Predictions& part : predictions_) {
    const std::int64_t count = part.log_probs.size(0);
    passes.push_back(
        {{part.log_probs, part.values}, {log_probs.narrow(0, first, count), values.narrow(0, first, count)}});
    first += count;
  }
  dppo::add_gradients(policy_.parameters(), passes);
}

}  // namespace dppo
