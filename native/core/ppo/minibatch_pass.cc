#include "ppo/minibatch_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "base/index_tensor.h"
#include "base/parallel.h"
#include "model/thread_shares.h"
#include "optim/backward.h"
#include "ppo/gather_rows.h"

namespace dppo {

MinibatchPass::MinibatchPass(const Policy& policy, const StepRows& rows, Samples samples, bool autocast,
                             Communicator& group)
    : policy_(policy), own_(group.share(static_cast<std::int64_t>(samples.size()))) {
  const Samples own = samples_of(samples, own_);
  if (!own.empty()) shares_ = thread_shares(*policy.lm, lengths_of(rows, own), autocast);
  parts_.resize(shares_.size());
  parallel_tasks(static_cast<std::int64_t>(shares_.size()), [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    parts_[place] = forward_tokens(policy, rows, samples_of(own, shares_[place]), /*with_entropy=*/true, autocast);
  });
  const auto join = [&](at::Tensor TokenOutputs::*member) {
    std::vector<at::Tensor> tensors;
    for (const TokenOutputs& part : parts_) tensors.push_back((part.*member).detach());
    return tensors.empty() ? at::Tensor() : at::cat(tensors);
  };
  outputs_ = {rows.response_mask.index_select(0, index_tensor(samples, policy.lm->device())),
              {},
              join(&TokenOutputs::log_probs),
              join(&TokenOutputs::values),
              join(&TokenOutputs::entropy)};
  if (group.size() > 1) {
    const at::Tensor all =
        gather_rows({outputs_.log_probs, outputs_.values, outputs_.entropy}, outputs_.mask, own_, group);
    outputs_.log_probs = all[0];
    outputs_.values = all[1];
    outputs_.entropy = all[2];
  }
  // The loss has a graph of its own, which ends here. The graphs of the shares go on from its gradients.
  outputs_.log_probs = outputs_.log_probs.detach().requires_grad_();
  outputs_.values = outputs_.values.detach().requires_grad_();
}

void MinibatchPass::add_gradients(const at::Tensor& loss) {
  loss.backward();
  if (shares_.empty()) return;
  std::vector<ForwardPass> passes;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const auto own_rows = [&](const at::Tensor& gradient) {
      return gradient.narrow(0, own_.first + shares_[i].first, shares_[i].size());
    };
    passes.push_back({{parts_[i].log_probs, parts_[i].values},
                      {own_rows(outputs_.log_probs.grad()), own_rows(outputs_.values.grad())}});
  }
  dppo::add_gradients(policy_.parameters(), passes);
}

}  // namespace dppo
