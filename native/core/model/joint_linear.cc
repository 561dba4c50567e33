#include "model/joint_linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "base/error.h"

namespace dppo {

namespace {

at::Tensor* find(NamedTensors& parameters, const std::string& name) {
  const auto found = std::ranges::find(parameters, name, [](const auto& entry) { return entry.first; });
  return found == parameters.end() ? nullptr : &found->second;
}

// Copies the named parameters into one tensor and replaces them by its parts. Returns the whole; undefined when there
// are no such parameters.
at::Tensor join(NamedTensors& parameters, const std::vector<std::string>& maps, const std::string& suffix) {
  std::vector<at::Tensor*> found;
  for (const std::string& map : maps) {
    at::Tensor* const parameter = find(parameters, map + suffix);
    if (parameter != nullptr) found.push_back(parameter);
  }
  if (found.empty()) return {};
  if (found.size() != maps.size()) throw Error(ErrorKind::kInternal, "some of the maps lack " + suffix);
  std::vector<at::Tensor> tensors;
  for (const at::Tensor* parameter : found) tensors.push_back(parameter->detach());
  at::Tensor whole = at::cat(tensors);
  std::int64_t start = 0;
  for (at::Tensor* parameter : found) {
    const std::int64_t count = parameter->size(0);
    // No view for autograd: autocast keeps no cast copy of a view, and views count each other's changes as their own.
    *parameter = whole.narrow(0, start, count).variable_data().requires_grad_(parameter->requires_grad());
    start += count;
  }
  return whole;
}

}  // namespace

JointLinear::JointLinear(NamedTensors& parameters, const std::vector<std::string>& names)
    : whole_{join(parameters, names, ".weight"), join(parameters, names, ".bias")} {
  const auto parameter = [&parameters](const std::string& name) {
    const at::Tensor* const found = find(parameters, name);
    return found == nullptr ? at::Tensor() : *found;
  };
  for (const std::string& name : names) parts_.push_back({parameter(name + ".weight"), parameter(name + ".bias")});
}

}  // namespace dppo
