#include "model/custom_gradient.h"

#include <ATen/core/grad_mode.h>

#include "base/error.h"

namespace dppo {

void refuse_gradients_of_gradients() {
  if (!at::GradMode::is_enabled()) return;
  throw Error(ErrorKind::kInternal, "a function of the training pass has no gradients of its gradients");
}

}  // namespace dppo
