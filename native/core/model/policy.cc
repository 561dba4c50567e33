#include "model/policy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>

#include "base/error.h"
#include "model/gpt2.h"
#include "model/llama.h"
#include "model/opt.h"

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

std::shared_ptr<CausalLM> make_model(const ModelConfig& config, NamedTensors parameters) {
  switch (config.family) {
    case Family::kOpt: return make_opt(config, std::move(parameters));
    case Family::kGpt2: return make_gpt2(config, std::move(parameters));
    case Family::kLlama: return make_llama(config, std::move(parameters));
  }
  throw Error(ErrorKind::kInternal, "an unknown model family");
}

const CausalLM& CausalLM::bfloat16_copy() const {
  if (dtype() == at::kBFloat16) return *this;
  const at::NoGradGuard no_grad;
  // On a CPU a model also keeps wider copies of small weights, so it is made anew.
  if (bfloat16_copy_ == nullptr || device().is_cpu()) {
    NamedTensors cast;
    for (const auto& [name, tensor] : parameters()) cast.emplace_back(name, tensor.detach().to(at::kBFloat16));
    bfloat16_copy_ = make_model(config(), std::move(cast));
    return *bfloat16_copy_;
  }
  std::vector<at::Tensor> from, to;
  for (const auto& [name, tensor] : parameters()) from.push_back(tensor);
  for (const auto& [name, tensor] : bfloat16_copy_->parameters()) to.push_back(tensor);
  at::_foreach_copy_(to, from);
  return *bfloat16_copy_;
}

std::shared_ptr<Policy> clone_frozen(const Policy& policy) {
  NamedTensors parameters;
  for (const auto& [name, tensor] : policy.lm->parameters()) parameters.emplace_back(name, tensor.detach().clone());
  return std::make_shared<Policy>(Policy{make_model(policy.lm->config(), std::move(parameters)), std::nullopt,
                                         policy.config_json, policy.generation_config_json});
}

}  // namespace dppo
