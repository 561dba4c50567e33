// What happens to gradients between the backward pass and the optimizer.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "base/named_tensors.h"
#include "dist/communicator.h"
#include "optim/adam.h"

namespace dppo {

// Replaces the gradients of each process by their sum over all processes of the group, as one flat buffer. Every
// process calls it once per optimizer step, after the last backward pass, with the same parameters in the same order. A
// parameter without a gradient counts as one with a gradient of zero, unless no process has one. The loss of each
// process must therefore be its part of the loss of all. Nothing changes in a single process.
void reduce_gradients(const NamedTensors& parameters, Communicator& group);

// Returns the sum of the squares of a gradient on the CPU, added in float64.
double sum_of_squares(const at::Tensor& gradient);

// Throws Error(kInternal) for the gradient of a parameter that is not finite: an update would destroy the model.
[[noreturn]] void throw_nonfinite_gradient(const std::string& parameter);

// Returns the global 2-norm of all gradients, added in float64 on the CPU.
// Throws Error(kInternal) when it is not finite: an update with it would destroy the model.
double gradient_norm(const NamedTensors& parameters);

// g *= min(1, max_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_.
void clip_gradients(const NamedTensors& parameters, double norm, double max_norm);

// Clears the gradients of an optimizer's parameters at the end of a scope, also after an error.
class ClearGradients {
 public:
  explicit ClearGradients(Adam& optimizer) : optimizer_(optimizer) {}
  ~ClearGradients() { optimizer_.zero_grad(); }
  ClearGradients(const ClearGradients&) = delete;
  ClearGradients& operator=(const ClearGradients&) = delete;

 private:
  Adam& optimizer_;
};

// Performs one optimizer step with the accumulated gradients: reduces them, measures their norm, clips them to
// `max_norm` if given, and updates the parameters. The gradients are cleared afterwards, also when an error is thrown.
// Returns the norm before clipping. Throws as gradient_norm.
double apply_gradients(Adam& optimizer, double learning_rate, std::optional<double> max_norm, Communicator& group);

}  // namespace dppo
