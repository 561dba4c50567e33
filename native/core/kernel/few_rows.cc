#include "kernel/few_rows.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "kernel/storage.h"

namespace dppo::kernel {

namespace {

// Products of weight elements with rows below which a second thread costs more than it saves.
constexpr std::int64_t kThreadLinear = 1 << 16;

void check_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const bool fits = x.dim() >= 1 && weight.dim() == 2 && x.size(-1) == weight.size(1) &&
                    (!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)));
  if (!fits) throw Error(ErrorKind::kShape, "linear: x is (..., in), weight is (out, in), bias is (out)");
  if (!x.is_cpu() || !weight.is_cpu() || !x.is_contiguous() || !weight.is_contiguous() ||
      x.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kShape, "linear: x and weight must be contiguous tensors of the CPU, x of float32");
  }
}

}  // namespace

at::Tensor few_row_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const Kernels& kernels) {
  check_linear(x, weight, bias);
  const FewRowsKernels& kernel = kernels.few_rows[static_cast<std::size_t>(storage_of(weight))];
  const std::int64_t in_features = weight.size(1);
  const std::int64_t out_features = weight.size(0);
  auto sizes = x.sizes().vec();
  sizes.back() = out_features;
  at::Tensor out = at::empty(sizes, x.options());
  if (out.numel() == 0) return out;
  if (in_features == 0) return bias.defined() ? out.copy_(bias) : out.zero_();
  const std::int64_t rows = out.numel() / out_features;
  const at::Tensor packed = at::empty({rows * kernel.packed_width(in_features)}, x.options());
  kernel.pack(x.const_data_ptr<float>(), rows, in_features, packed.mutable_data_ptr<float>());
  const at::Tensor wide_bias = bias.defined() ? bias.to(at::kFloat).contiguous() : bias;
  const FewRows task{packed.const_data_ptr<float>(),
                     weight.const_data_ptr(),
                     bias.defined() ? wide_bias.const_data_ptr<float>() : nullptr,
                     out.mutable_data_ptr<float>(),
                     rows,
                     in_features,
                     out_features};
  const std::int64_t grain = std::max<std::int64_t>(1, kThreadLinear / (in_features * rows + 1));
  parallel_for(out_features, grain, [&](std::int64_t begin, std::int64_t end) { kernel.multiply(task, begin, end); });
  return out;
}

}  // namespace dppo::kernel
