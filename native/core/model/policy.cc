#include "model/policy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "model/make_model.h"

namespace dppo {

NamedTensors Policy::parameters() const {
  NamedTensors all = lm->parameters();
  if (value_head) {
    all.emplace_back(kHeadWeight, value_head->weight);
    all.emplace_back(kHeadBias, value_head->bias);
  }
  return all;
}

std::int64_t Policy::bytes() const {
  std::int64_t total = 0;
  for (const auto& [name, tensor] : parameters()) total += static_cast<std::int64_t>(tensor.nbytes());
  return total;
}

std::shared_ptr<Policy> clone_frozen(const Policy& policy) {
  NamedTensors parameters;
  for (const auto& [name, tensor] : policy.lm->parameters()) parameters.emplace_back(name, tensor.detach().clone());
  return std::make_shared<Policy>(Policy{make_model(policy.lm->config(), std::move(parameters)), std::nullopt,
                                         policy.config_json, policy.generation_config_json});
}

}  // namespace dppo
