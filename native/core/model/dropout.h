// Dropout (Srivastava et al. 2014) for supervised training on little text. Off unless a scope is open on the thread, so
// that generation, scoring and PPO never meet it.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/random.h"

namespace dppo {

// Opens dropout at `rate` in [0, 0.9] on this thread; rate 0 changes nothing. What is dropped depends on the stream
// alone, not on the number of threads.
class DropoutScope {
 public:
  DropoutScope(double rate, RandomStream stream);
  ~DropoutScope();
  DropoutScope(const DropoutScope&) = delete;
  DropoutScope& operator=(const DropoutScope&) = delete;

  // Factors of one call, the shape of `x`: 0 at the scope's rate, else what keeps the mean.
  at::Tensor factors(const at::Tensor& x);

 private:
  double rate_;
  RandomStream stream_;
  DropoutScope* previous_;
};

// x with entries zeroed at the scope's rate and the rest scaled up; x itself outside a scope.
at::Tensor apply_dropout(const at::Tensor& x);

}  // namespace dppo
