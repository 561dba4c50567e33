// The parameters a configuration calls for: names, shapes and how each is initialised.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/causal_lm.h"
#include "model/config.h"

namespace dppo {

enum class Init { kNormal, kZero, kOne };

struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  Init init;
};

// In checkpoint order; a tied lm_head is not among them.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);

// Parameters by name.
class ParameterTable {
 public:
  explicit ParameterTable(const NamedTensors& tensors) : tensors_(tensors.begin(), tensors.end()) {}
  // An undefined tensor when the name is absent: a layer without bias.
  at::Tensor get(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? at::Tensor() : found->second;
  }

 private:
  std::unordered_map<std::string, at::Tensor> tensors_;
};

}  // namespace dppo
