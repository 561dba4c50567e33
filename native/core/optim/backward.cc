#include "optim/backward.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/parallel.h"

namespace dppo {

void add_gradients(const NamedTensors& parameters, const std::vector<ForwardPass>& passes) {
  // One pass adds each gradient as soon as it is complete, so that few are held at a time.
  if (passes.size() == 1) return torch::autograd::backward(passes.front().outputs, passes.front().gradients);
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.requires_grad()) tensors.push_back(tensor);
  }
  std::vector<std::vector<at::Tensor>> gradients(passes.size());
  parallel_tasks(static_cast<std::int64_t>(passes.size()), [&](std::int64_t i) {
    const ForwardPass& pass = passes[static_cast<std::size_t>(i)];
    gradients[static_cast<std::size_t>(i)] =
        torch::autograd::grad(pass.outputs, tensors, pass.gradients, /*retain_graph=*/std::nullopt,
                              /*create_graph=*/false, /*allow_unused=*/true);
  });
  const at::NoGradGuard no_grad;
  for (const std::vector<at::Tensor>& own : gradients) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (!own[i].defined()) continue;
      at::Tensor& sum = tensors[i].mutable_grad();
      if (sum.defined()) {
        sum.add_(own[i]);
      } else {
        sum = own[i];
      }
    }
  }
}

}  // namespace dppo
