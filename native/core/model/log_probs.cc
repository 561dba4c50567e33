#include "model/log_probs.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_log_softmax_backward_data.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

#include "base/error.h"
#include "model/custom_gradient.h"

namespace dppo {

namespace {

// Half-precision log-probabilities would make ratios of policies noise.
at::Tensor at_least_float(const at::Tensor& x) { return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat); }

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The size of temporary tensors in numbers, if it holds at least three rows and one for each thread.
constexpr std::int64_t kChunk = std::int64_t{1} << 18;

// Calls visit(first, count) for chunks of about the same size, which together are `rows` rows of `columns` numbers. A
// chunk has two rows or more, unless there is only one: libtorch's threads share the sum over a single row, which then
// depends on their number.
template <typename Visit>
void for_each_chunk(std::int64_t rows, std::int64_t columns, const Visit& visit) {
  const std::int64_t most = std::max({kChunk / columns, std::int64_t{at::get_num_threads()}, std::int64_t{3}});
  const std::int64_t chunks = (rows + most - 1) / most;
  for (std::int64_t i = 0; i < chunks; ++i) {
    const std::int64_t first = i * rows / chunks;
    visit(first, (i + 1) * rows / chunks - first);
  }
}

// The memory of the logits holds their log-softmax after the forward pass and their gradient after the backward pass.
struct OverwriteFunction : torch::autograd::Function<OverwriteFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& ids,
                               bool with_entropy, bool has_gradient) {
    const at::Tensor memory = logits.detach();
    const std::int64_t rows = memory.size(0);
    const at::Tensor log_probs = at::empty({rows}, memory.options());
    const at::Tensor entropy = at::empty({with_entropy ? rows : 0}, memory.options());
    for_each_chunk(rows, memory.size(1), [&](std::int64_t first, std::int64_t count) {
      const at::Tensor part = memory.narrow(0, first, count);
      if (with_entropy) entropy.narrow(0, first, count).copy_(token_entropy(part));
      const at::Tensor log_softmax = part.log_softmax(/*dim=*/-1);
      const at::Tensor index = ids.narrow(0, first, count).unsqueeze(-1);
      log_probs.narrow(0, first, count).copy_(log_softmax.gather(/*dim=*/-1, index).squeeze(-1));
      if (has_gradient) part.copy_(log_softmax);
    });
    context->saved_data["memory"] = memory;
    context->saved_data["ids"] = ids;
    context->mark_non_differentiable({entropy});
    return {log_probs, entropy};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    const auto saved = context->saved_data.find("memory");
    if (saved == context->saved_data.end()) {
      throw Error(ErrorKind::kInternal, "overwritten logits have one backward pass");
    }
    const at::Tensor memory = saved->second.toTensor();
    const at::Tensor ids = context->saved_data["ids"].toTensor();
    context->saved_data.erase(saved);
    for_each_chunk(memory.size(0), memory.size(1), [&](std::int64_t first, std::int64_t count) {
      const at::Tensor part = memory.narrow(0, first, count);
      const at::Tensor index = ids.narrow(0, first, count).unsqueeze(-1);
      const at::Tensor own = gradients[0].narrow(0, first, count).unsqueeze(-1);
      const at::Tensor of_log_softmax = at::zeros_like(part).scatter_(/*dim=*/-1, index, own);
      part.copy_(at::_log_softmax_backward_data(of_log_softmax, part, /*dim=*/-1, part.scalar_type()));
    });
    return {memory, {}, {}, {}};
  }
};

}  // namespace

at::Tensor token_log_probs(const at::Tensor& logits, const at::Tensor& ids) {
  return at_least_float(logits).log_softmax(/*dim=*/-1).gather(/*dim=*/-1, ids.unsqueeze(-1)).squeeze(-1);
}

at::Tensor token_entropy(const at::Tensor& logits) {
  const at::Tensor wide = at_least_float(logits);
  return wide.logsumexp(/*dim=*/-1) - (wide.softmax(/*dim=*/-1) * wide).sum(/*dim=*/-1);
}

TokenScores score_tokens(const at::Tensor& logits, const at::Tensor& ids, bool with_entropy) {
  const at::Tensor log_probs = token_log_probs(logits, ids);
  const at::NoGradGuard no_grad;
  return {log_probs, with_entropy ? token_entropy(logits.detach()) : at::Tensor()};
}

TokenScores score_and_overwrite(const at::Tensor& logits, const at::Tensor& ids, bool with_entropy) {
  if (!logits.is_cpu() || logits.scalar_type() != at::kFloat) return score_tokens(logits, ids, with_entropy);
  const bool has_gradient = at::GradMode::is_enabled() && logits.requires_grad();
  const variable_list outputs = OverwriteFunction::apply(logits, ids, with_entropy, has_gradient);
  return {outputs[0], with_entropy ? outputs[1] : at::Tensor()};
}

}  // namespace dppo
