// Means over the elements of a tensor where the mask is 1; mask entries are 0 or 1 in the tensor's type.
#pragma once

#include <ATen/core/Tensor.h>

namespace dppo {

// sum(x * m) / sum(m)
at::Tensor masked_mean(const at::Tensor& x, const at::Tensor& mask);

// Bessel-corrected variance; 0 for a single element.
at::Tensor masked_var(const at::Tensor& x, const at::Tensor& mask);

// (x - mean) / sqrt(var + 1e-8), optionally with the mean put back.
at::Tensor masked_whiten(const at::Tensor& x, const at::Tensor& mask, bool keep_mean);

}  // namespace dppo
