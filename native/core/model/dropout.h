// Dropout (Srivastava et al. 2014) for supervised training on little text. It is off unless a scope is open on the
// thread, so that generation, scoring and PPO never use it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "base/random.h"

namespace dppo {

struct Dropout {
  double rate = 0.0;  // in [0, 0.9]; 0: none
  RandomStream stream{0, 0};
};

// Turns dropout on at `rate` in [0, 0.9] for this thread; rate 0 turns it off. The dropped entries depend on the
// stream only, not on the number of threads. A process that computes a part of a batch passes the number of tokens
// before that part, and drops what it would drop in the whole batch.
class DropoutScope {
 public:
  DropoutScope(double rate, RandomStream stream, std::int64_t tokens_before = 0);
  ~DropoutScope();
  DropoutScope(const DropoutScope&) = delete;
  DropoutScope& operator=(const DropoutScope&) = delete;

  // Returns factors in the shape of `x`, a row a token: 0 at the scope's rate, else the value that keeps the mean.
  at::Tensor factors(const at::Tensor& x);

 private:
  double rate_;
  RandomStream stream_;
  std::int64_t tokens_before_;
  DropoutScope* previous_;
};

// Returns x with entries zeroed at the scope's rate and the rest scaled up. Outside a scope, returns x itself.
at::Tensor apply_dropout(const at::Tensor& x);

}  // namespace dppo
