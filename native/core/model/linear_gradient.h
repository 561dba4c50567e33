// The linear layer with gradients on our own matrix product.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// Returns x weight^T + bias (rows, out) and adds its three gradients to the graph of autograd. x is (rows, in), weight
// is (out, in), bias is (out) or undefined; all are float32 on the CPU. Gradients of gradients are not available.
// Throws Error(kShape).
at::Tensor linear_with_gradient(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace dppo
