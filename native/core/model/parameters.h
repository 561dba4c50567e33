// The parameters a configuration calls for: names as in transformers' checkpoints, shapes and initial values.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/named_tensors.h"
#include "model/config.h"

namespace dppo {

// kResidual is kNormal with the deviation divided by sqrt(2 * layers), for GPT-2's projections into the residual
// stream.
enum class Init { kNormal, kResidual, kZero, kOne };

struct ParameterSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  Init init;
};

// Returns the parameters in the order of transformers' checkpoints; a tied lm_head is not among them.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);

// Returns new float32 parameters as transformers initialises them: weights normal with mean 0 and deviation init_std,
// the embedding of the padding id and all biases zero, norms one.
NamedTensors initial_parameters(const ModelConfig& config, std::uint64_t seed);

// Returns the name of the token embedding, which a tied lm_head shares.
std::string embedding_name(Family family);

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
