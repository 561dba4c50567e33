// The linear layer of training on a CPU.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// What multiplies the matrices.
enum class Product { kOwn, kLibrary };

// Returns the faster one on this processor.
Product training_product();

// Returns x weight^T + bias (rows, out) and adds its three gradients to the graph of autograd. x is (rows, in), weight
// is (out, in), bias is (out) or undefined; all are float32 on the CPU. Gradients of gradients are not available.
// Throws Error(kShape).
//
// Autograd adds the gradients of a weight that is used more than once in place only if nothing else holds the memory of
// the first. That is so here; the weight's gradient of at::linear is a view of another tensor.
at::Tensor linear_with_gradient(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                Product product = training_product());

}  // namespace dppo
