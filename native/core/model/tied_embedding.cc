#include "model/tied_embedding.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <tuple>

#include "base/error.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Returns the head's gradient to add to; zeros if the loss does not depend on the head.
at::Tensor writable(const at::Tensor& head_gradient, const at::Tensor& rows_gradient, at::IntArrayRef sizes) {
  if (!head_gradient.defined()) return at::zeros(sizes, rows_gradient.options());
  const bool is_sole_owner = head_gradient.storage().use_count() == 1 && head_gradient.is_contiguous();
  return is_sole_owner ? head_gradient : head_gradient.clone(at::MemoryFormat::Contiguous);
}

struct TiedFunction : torch::autograd::Function<TiedFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& weight, const at::Tensor& ids,
                               std::int64_t pad_id) {
    context->saved_data["ids"] = ids;
    context->saved_data["pad_id"] = pad_id;
    context->saved_data["sizes"] = weight.sizes().vec();
    context->set_materialize_grads(false);
    return {at::embedding(weight, ids, pad_id), weight.view(weight.sizes())};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled()) {
      throw Error(ErrorKind::kInternal, "a tied embedding has no gradients of its gradients");
    }
    at::Tensor rows = gradients[0];
    variable_list result(3);
    if (!rows.defined()) {
      result[0] = gradients[1];
      return result;
    }
    const at::Tensor ids = context->saved_data["ids"].toTensor();
    result[0] = writable(gradients[1], rows, context->saved_data["sizes"].toIntVector());
    const std::int64_t pad_id = context->saved_data["pad_id"].toInt();
    if (pad_id >= 0) rows = rows.masked_fill(ids.eq(pad_id).unsqueeze(1), 0.0);
    // The rows of an id are added up first, in their order, as libtorch's gradient of an embedding does.
    const auto [unique, place, counts] = at::_unique2(ids, /*sorted=*/true, /*return_inverse=*/true);
    const at::Tensor sums = at::zeros({unique.size(0), rows.size(1)}, rows.options()).index_add_(0, place, rows);
    result[0].index_add_(0, unique, sums);
    return result;
  }
};

}  // namespace

TiedEmbedding embed_tied(const at::Tensor& weight, const at::Tensor& ids, std::int64_t pad_id) {
  const variable_list outputs = TiedFunction::apply(weight, ids, pad_id);
  return {outputs[0], outputs[1]};
}

}  // namespace dppo
