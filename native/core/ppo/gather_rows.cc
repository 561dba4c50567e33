#include "ppo/gather_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

namespace dppo {

at::Tensor gather_rows(const std::vector<at::Tensor>& own, const at::Tensor& like, Range range, Communicator& group) {
  const at::NoGradGuard no_grad;
  at::Tensor all = at::zeros({static_cast<std::int64_t>(own.size()), like.size(0), like.size(1)}, like.options());
  for (std::size_t i = 0; range.size() > 0 && i < own.size(); ++i) {
    all[static_cast<std::int64_t>(i)].narrow(0, range.begin, range.size()).copy_(own[i]);
  }
  group.sum(all);
  return all;
}

}  // namespace dppo
