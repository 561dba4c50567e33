#include "model/tied_embedding.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>

#include <tuple>
#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "model/custom_gradient.h"
#include "model/linear_gradient.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Shared = std::shared_ptr<HeadGradient>;

at::Tensor product_of(const at::Tensor& of_logits, const at::Tensor& hidden) {
  return training_matrix_product(of_logits.t(), hidden);
}

struct HeadFunction : torch::autograd::Function<HeadFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& weight,
                            const Shared& gradient) {
    context->save_for_backward({hidden, weight});
    keep(*context, "gradient", gradient);
    return linear_with_gradient(hidden, weight, {});
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& of_logits = gradients[0];
    const at::Tensor hidden = saved[0].detach();
    HeadGradient& left = *kept<HeadGradient>(*context, "gradient");
    if (left.defined()) throw Error(ErrorKind::kInternal, "the head of a pass is used once");
    if (of_logits.numel() + hidden.numel() < saved[1].numel()) {
      left = {of_logits, hidden, {}};
    } else {
      left.product = product_of(of_logits, hidden);
    }
    return {training_matrix_product(of_logits, saved[1]), {}, {}};
  }
};

struct LookupFunction : torch::autograd::Function<LookupFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& weight, const at::Tensor& ids,
                               std::int64_t pad_id, const Shared& gradient) {
    context->saved_data["ids"] = ids;
    context->saved_data["pad_id"] = pad_id;
    context->saved_data["sizes"] = weight.sizes().vec();
    keep(*context, "gradient", gradient);
    context->set_materialize_grads(false);
    return {at::embedding(weight, ids, pad_id), weight.view(weight.sizes())};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    if (gradients[1].defined()) throw Error(ErrorKind::kInternal, "the weight of a head is for tied_logits only");
    HeadGradient left = std::exchange(*kept<HeadGradient>(*context, "gradient"), {});
    at::Tensor rows = gradients[0];
    if (left.hidden.defined()) left.product = product_of(left.of_logits, left.hidden);
    if (!left.product.defined() && rows.defined()) {
      left.product = at::zeros(context->saved_data["sizes"].toIntVector(), rows.options());
    }
    if (rows.defined()) add_rows(context, rows, left.product);
    return {left.product, {}, {}, {}};
  }

  // The rows of an id are added up first, in their order, as libtorch's gradient of an embedding does.
  static void add_rows(AutogradContext* context, at::Tensor rows, at::Tensor& sum) {
    const at::Tensor ids = context->saved_data["ids"].toTensor();
    const std::int64_t pad_id = context->saved_data["pad_id"].toInt();
    if (pad_id >= 0) rows = rows.masked_fill(ids.eq(pad_id).unsqueeze(1), 0.0);
    const auto [unique, place, counts] = at::_unique2(ids, /*sorted=*/true, /*return_inverse=*/true);
    const at::Tensor sums = at::zeros({unique.size(0), rows.size(1)}, rows.options()).index_add_(0, place, rows);
    sum.index_add_(0, unique, sums);
  }
};

}  // namespace

TiedEmbedding embed_tied(const at::Tensor& weight, const at::Tensor& ids, std::int64_t pad_id) {
  const Shared gradient = std::make_shared<HeadGradient>();
  const variable_list outputs = LookupFunction::apply(weight, ids, pad_id, gradient);
  return {outputs[0], {outputs[1], gradient}};
}

at::Tensor tied_logits(const at::Tensor& hidden, const TiedHead& head) {
  check_cancelled();
  return HeadFunction::apply(hidden, head.weight, head.gradient);
}

}  // namespace dppo
