#include "optim/backward.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/parallel.h"
#include "optim/tensor_ranges.h"

namespace dppo {

namespace {

// Adds to a sum that is undefined as long as nothing has been added.
void add_to(at::Tensor& sum, const at::Tensor& term) {
  if (!term.defined()) return;
  if (sum.defined()) {
    sum.add_(term);
  } else {
    sum = term;
  }
}

}  // namespace

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
  parallel_ranges(tensor_ranges(tensors), [&](std::size_t, const Range& range) {
    for (auto i = static_cast<std::size_t>(range.begin); i < static_cast<std::size_t>(range.end); ++i) {
      for (const std::vector<at::Tensor>& own : gradients) add_to(tensors[i].mutable_grad(), own[i]);
    }
  });
}

}  // namespace dppo
