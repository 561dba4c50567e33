// The linear layer of training on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// What multiplies the matrices.
enum class Product { kOwn, kLibrary };

// Returns the faster one on this processor.
Product training_product();

// Returns left right (rows, columns), as the gradients of linear_with_gradient are computed. Both are float32 on the
// CPU.
at::Tensor training_matrix_product(const at::Tensor& left, const at::Tensor& right);

// Returns x weight^T + bias (rows, out) and adds its three gradients to the graph of autograd. x is (rows, in), weight
// is (out, in), bias is (out) or undefined; all are float32 on the CPU. Gradients of gradients are not available, and
// after a norm (norm_gradient.h) there is one backward pass.
// Throws Error(kShape).
//
// Nothing else holds the memory of the weight's gradient, so that autograd can add to it in place. That
// of at::linear is a view of another tensor.
at::Tensor linear_with_gradient(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                Product product = training_product());

}  // namespace dppo
