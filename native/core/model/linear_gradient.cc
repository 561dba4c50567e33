#include "model/linear_gradient.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/error.h"
#include "kernel/level.h"
#include "kernel/product.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor multiply(Product product, const at::Tensor& left, const at::Tensor& right) {
  return product == Product::kOwn ? kernel::matrix_product(left, right) : at::mm(left, right);
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, Product product) {
    context->save_for_backward({x, weight});
    context->saved_data["has_bias"] = bias.has_value();
    context->saved_data["product"] = static_cast<std::int64_t>(product);
    if (product == Product::kLibrary) return at::linear(x, weight, bias);
    return kernel::matrix_product(x, weight.t(), bias.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled()) {
      throw Error(ErrorKind::kInternal, "a linear layer has no gradients of its gradients");
    }
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& weight = saved[1];
    const at::Tensor& gradient = gradients[0];  // (rows, out)
    const auto product = static_cast<Product>(context->saved_data["product"].toInt());
    variable_list result(4);  // none for the product
    if (context->needs_input_grad(0)) result[0] = multiply(product, gradient, weight);
    if (context->needs_input_grad(1)) result[1] = multiply(product, gradient.t(), x);
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

at::Tensor linear_with_gradient(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                Product product) {
  return LinearFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, product);
}

}  // namespace dppo
