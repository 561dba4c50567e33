// What happens to gradients between backward and the optimizer.
#pragma once

#include "base/named_tensors.h"

namespace dppo {

// The one place where gradients of several processes would be averaged; with one process nothing is to be done.
void reduce_gradients(const NamedTensors& parameters);

// Global 2-norm of all gradients, accumulated in float64.
// Throws Error(kInternal) when it is not finite: an update with it would destroy the model.
double gradient_norm(const NamedTensors& parameters);

// g *= min(1, max_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_.
void clip_gradients(const NamedTensors& parameters, double norm, double max_norm);

}  // namespace dppo
