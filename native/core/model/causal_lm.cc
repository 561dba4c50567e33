#include "model/causal_lm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>

#include "base/index_tensor.h"
#include "model/make_model.h"

namespace dppo {

at::Tensor CausalLM::without_unused(at::Tensor logits) const {
  const std::vector<std::int64_t>& ids = config().unused_ids;
  if (ids.empty()) return logits;
  std::call_once(unused_once_, [&] { unused_ = index_tensor(ids, device()); });
  // Not -inf: entropy and KL divergence multiply a probability of 0 by the logit, and 0 * inf is NaN.
  const double lowest = logits.scalar_type() == at::kHalf ? -65504.0 : -1e30;
  // Not recorded: their probability of 0 makes their gradient 0, and autograd would copy the gradient of all logits.
  const at::NoGradGuard no_grad;
  logits.index_fill_(/*dim=*/-1, unused_, lowest);
  return logits;
}

const CausalLM& CausalLM::bfloat16_copy() const {
  if (dtype() == at::kBFloat16) return *this;
  const at::NoGradGuard no_grad;
  // On a CPU a model also keeps wider copies of small weights, so it is made anew.
  if (bfloat16_copy_ == nullptr || device().is_cpu()) {
    NamedTensors cast;
    for (const auto& [name, tensor] : parameters()) cast.emplace_back(name, tensor.detach().to(at::kBFloat16));
    bfloat16_copy_ = make_model(config(), std::move(cast));
    return *bfloat16_copy_;
  }
  std::vector<at::Tensor> from, to;
  for (const auto& [name, tensor] : parameters()) from.push_back(tensor);
  for (const auto& [name, tensor] : bfloat16_copy_->parameters()) to.push_back(tensor);
  at::_foreach_copy_(to, from);
  return *bfloat16_copy_;
}

}  // namespace dppo
