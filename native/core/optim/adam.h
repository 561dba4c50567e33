// Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019), update by update as PyTorch performs them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_tensors.h"

namespace dppo {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;         // decoupled (AdamW) only
  bool decoupled = false;            // AdamW
  bool decay_matrices_only = false;  // leave vectors (norms, biases) without decay
};

class Adam {
 public:
  Adam(NamedTensors parameters, const AdamOptions& options);

  // w -= lr * m_hat / (sqrt(v_hat) + eps), over every parameter that has a gradient.
  void step(double learning_rate);
  void zero_grad();

  // Moves one parameter, which must have a gradient, as a part of a step that moves its parameters one by one. `step`
  // is the number of that step: steps() + 1 before the first parameter has moved.
  void step_parameter(std::size_t index, std::int64_t step, double learning_rate);

  const NamedTensors& parameters() const { return parameters_; }
  // Returns the number of steps, one that failed while parameters moved included. A step that runs out of memory before
  // that has not happened.
  std::int64_t steps() const { return steps_; }

  // Returns moments and step count as tensors named `adam.m.<name>`, `adam.v.<name>`, `adam.steps`.
  NamedTensors state() const;
  // `where` names the state in messages. Throws Error(kCheckpointFormat) when an entry is missing, has another shape or
  // is not finite; nothing has changed then.
  void load_state(const NamedTensors& state, const std::string& where);

 private:
  struct TensorLists;
  bool decays(const at::Tensor& weight) const;
  void append(TensorLists& lists, std::size_t index, const at::Tensor& step) const;
  void fused_update(const TensorLists& lists, bool decays, double learning_rate) const;

  NamedTensors parameters_;
  AdamOptions options_;
  std::vector<at::Tensor> first_;   // m
  std::vector<at::Tensor> second_;  // v
  std::int64_t steps_ = 0;
};

}  // namespace dppo
