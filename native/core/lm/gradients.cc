#include "lm/gradients.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full_like.h>

#include "optim/backward.h"

namespace dppo {

double add_next_token_gradients(const CausalLM& lm, const TokenRows& rows, const TokenMasks& masks, bool autocast,
                                const Share& share, double scale, const Dropout& dropout) {
  double sum = 0.0;
  std::vector<ForwardPass> passes;
  for (const at::Tensor& loss : next_token_sums(lm, rows, masks, autocast, share, dropout)) {
    sum += loss.item<double>();
    passes.push_back({{loss}, {at::full_like(loss, scale)}});
  }
  if (!passes.empty()) add_gradients(lm.parameters(), passes);
  return sum;
}

}  // namespace dppo
