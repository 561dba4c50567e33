#include "optim/backward_update.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "optim/gradients.h"

namespace dppo {

class BackwardUpdate::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(BackwardUpdate& owner, std::size_t parameter) : owner_(owner), parameter_(parameter) {}
  void operator()(const at::Tensor& /*parameter*/) override { owner_.update(parameter_); }

 private:
  BackwardUpdate& owner_;
  std::size_t parameter_;
};

BackwardUpdate::BackwardUpdate(Adam& optimizer, double learning_rate)
    : optimizer_(optimizer),
      learning_rate_(learning_rate),
      step_(optimizer.steps() + 1),
      squares_(optimizer.parameters().size(), 0.0) {
  // A parameter has room for one hook, and the end of this object would remove the other one's.
  for (const auto& [name, tensor] : optimizer.parameters()) {
    if (torch::autograd::impl::post_acc_grad_hooks(tensor) == nullptr) continue;
    throw Error(ErrorKind::kInternal, name + " is in another update already");
  }
  for (std::size_t i = 0; i < squares_.size(); ++i) {
    torch::autograd::impl::set_post_acc_grad_hooks(optimizer.parameters()[i].second, std::make_unique<Hook>(*this, i));
  }
}

BackwardUpdate::~BackwardUpdate() {
  for (const auto& [name, tensor] : optimizer_.parameters()) {
    torch::autograd::impl::set_post_acc_grad_hooks(tensor, nullptr);
  }
  optimizer_.zero_grad();
}

void BackwardUpdate::update(std::size_t parameter) {
  const at::NoGradGuard no_grad;
  const auto& [name, tensor] = optimizer_.parameters()[parameter];
  squares_[parameter] = sum_of_squares(tensor.grad());
  if (!std::isfinite(squares_[parameter])) throw_nonfinite_gradient(name);
  optimizer_.step_parameter(parameter, step_, learning_rate_);
  // The fused update does not count as a change. With this, autograd throws if the pass still needs the old weight.
  torch::autograd::impl::bump_version(tensor);
  tensor.mutable_grad().reset();
}

double BackwardUpdate::gradient_norm() const {
  return std::sqrt(std::accumulate(squares_.begin(), squares_.end(), 0.0));
}

}  // namespace dppo
