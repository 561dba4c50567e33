#include "model/log_probs.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

namespace dppo {

namespace {

// Half-precision log-probabilities would make ratios of policies noise.
at::Tensor at_least_float(const at::Tensor& x) { return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat); }

}  // namespace

at::Tensor token_log_probs(const at::Tensor& logits, const at::Tensor& ids) {
  return at_least_float(logits).log_softmax(/*dim=*/-1).gather(/*dim=*/-1, ids.unsqueeze(-1)).squeeze(-1);
}

at::Tensor token_entropy(const at::Tensor& logits) {
  const at::Tensor wide = at_least_float(logits);
  return wide.logsumexp(/*dim=*/-1) - (wide.softmax(/*dim=*/-1) * wide).sum(/*dim=*/-1);
}

}  // namespace dppo
