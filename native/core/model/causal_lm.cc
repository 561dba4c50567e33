#include "model/causal_lm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "base/index_tensor.h"

namespace dppo {

at::Tensor CausalLM::without_unused(at::Tensor logits) const {
  const std::vector<std::int64_t>& ids = config().unused_ids;
  if (ids.empty()) return logits;
  std::call_once(unused_once_, [&] { unused_ = index_tensor(ids, device()); });
  // Not -inf: entropy and KL divergence multiply a probability of 0 by the logit, and 0 * inf is NaN.
  const double lowest = logits.scalar_type() == at::kHalf ? -65504.0 : -1e30;
  return logits.index_fill_(/*dim=*/-1, unused_, lowest);
}

}  // namespace dppo
