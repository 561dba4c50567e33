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

// Puts the named parameters behind each other; returns the whole, and undefined when they do not exist.
at::Tensor join(NamedTensors& parameters, const std::vector<std::string>& maps, const std::string& suffix) {
  std::vector<at::Tensor*> places;
  for (const std::string& map : maps) {
    at::Tensor* const place = find(parameters, map + suffix);
    if (place != nullptr) places.push_back(place);
  }
  if (places.empty()) return {};
  if (places.size() != maps.size()) throw Error(ErrorKind::kInternal, "some of the maps lack " + suffix);
  std::vector<at::Tensor> tensors;
  for (const at::Tensor* place : places) tensors.push_back(place->detach());
  at::Tensor whole = at::cat(tensors);
  std::int64_t start = 0;
  for (at::Tensor* place : places) {
    const std::int64_t count = place->size(0);
    // No view for autograd: autocast keeps no cast copy of a view, and views count each other's changes as their own.
    *place = whole.narrow(0, start, count).variable_data().requires_grad_(place->requires_grad());
    start += count;
  }
  return whole;
}

}  // namespace

JointLinear::JointLinear(NamedTensors& parameters, const std::vector<std::string>& names)
    : whole_{join(parameters, names, ".weight"), join(parameters, names, ".bias")} {
  const auto parameter = [&parameters](const std::string& name) {
    const at::Tensor* const place = find(parameters, name);
    return place == nullptr ? at::Tensor() : *place;
  };
  for (const std::string& name : names) parts_.push_back({parameter(name + ".weight"), parameter(name + ".bias")});
}

}  // namespace dppo
