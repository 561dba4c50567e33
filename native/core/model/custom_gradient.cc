#include "model/custom_gradient.h"

#include <ATen/core/grad_mode.h>

#include "base/error.h"

namespace dppo {

void refuse_gradients_of_gradients() {
  if (!at::GradMode::is_enabled()) return;
  throw Error(ErrorKind::kInternal, "functions with gradients of their own have no gradients of gradients");
}

}  // namespace dppo
