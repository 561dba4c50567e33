// The optimizer step in the backward pass. A weight moves as soon as its gradient is complete, and the gradient is
// freed then, so that the gradients of all weights never take memory together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "optim/adam.h"

namespace dppo {

class BackwardUpdate {
 public:
  // Until the end of this object, backward passes of this thread's graphs on the CPU update the parameters of the
  // optimizer. Each parameter must receive its whole gradient in one pass. They have no gradients before or after.
  // Throws Error(kInternal) when a parameter is in another update already.
  BackwardUpdate(Adam& optimizer, double learning_rate);
  ~BackwardUpdate();
  BackwardUpdate(const BackwardUpdate&) = delete;
  BackwardUpdate& operator=(const BackwardUpdate&) = delete;

  // Returns the global 2-norm of the gradients so far, the same number as that of dppo::gradient_norm.
  double gradient_norm() const;

 private:
  class Hook;
  // Takes the gradient of a parameter. Throws Error(kInternal) when it is not finite; weights that had their gradients
  // earlier have moved then.
  void update(std::size_t parameter);

  Adam& optimizer_;
  double learning_rate_;
  std::int64_t step_;            // number of the optimizer step that the passes perform
  std::vector<double> squares_;  // of each parameter's gradient, summed
};

}  // namespace dppo
