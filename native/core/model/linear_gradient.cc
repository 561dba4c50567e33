#include "model/linear_gradient.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>

#include <utility>

#include "base/error.h"
#include "base/if_defined.h"
#include "kernel/level.h"
#include "kernel/product.h"
#include "model/custom_gradient.h"
#include "model/norm_gradient.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor multiply(Product product, const at::Tensor& left, const at::Tensor& right) {
  return product == Product::kOwn ? kernel::matrix_product(left, right) : at::mm(left, right);
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, Product product,
                            const std::shared_ptr<RepeatableNorm>& norm) {
    keep(*context, "norm", norm);
    context->save_for_backward({norm == nullptr ? x : at::Tensor(), weight});
    context->saved_data["has_bias"] = bias.has_value();
    context->saved_data["product"] = static_cast<std::int64_t>(product);
    if (product == Product::kLibrary) return at::linear(x, weight, bias);
    return kernel::matrix_product(x, weight.t(), bias.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    const variable_list saved = context->get_saved_variables();
    // Given up here, so that the memory of the norm is free after its own backward pass.
    const std::shared_ptr<RepeatableNorm> norm = std::exchange(kept<RepeatableNorm>(*context, "norm"), nullptr);
    if (norm == nullptr && !saved[0].defined()) {
      throw Error(ErrorKind::kInternal, "a linear layer after a norm has one backward pass");
    }
    const at::Tensor& weight = saved[1];
    const at::Tensor& gradient = gradients[0];  // (rows, out)
    const auto product = static_cast<Product>(context->saved_data["product"].toInt());
    variable_list result(5);  // none for the product and the norm
    if (context->needs_input_grad(0)) result[0] = multiply(product, gradient, weight);
    if (context->needs_input_grad(1)) result[1] = multiply(product, gradient.t(), norm ? norm->output() : saved[0]);
    const bool has_bias = context->saved_data["has_bias"].toBool();
    if (has_bias && context->needs_input_grad(2)) result[2] = gradient.sum(/*dim=*/0);
    return result;
  }
};

}  // namespace

Product training_product() {
  static const Product product = kernel::prefers_own_product() ? Product::kOwn : Product::kLibrary;
  return product;
}

at::Tensor training_matrix_product(const at::Tensor& left, const at::Tensor& right) {
  return multiply(training_product(), left, right);
}

at::Tensor linear_with_gradient(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                Product product) {
  return LinearFunction::apply(x, weight, if_defined(bias), product, norm_behind(x));
}

}  // namespace dppo
