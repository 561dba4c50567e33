#include "model/norm_gradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <ATen/ops/rsqrt.h>

#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/if_defined.h"
#include "model/custom_gradient.h"

namespace dppo {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Gradients of x, of the weight and of the bias; undefined if they are not needed.
using NormGradients = std::array<at::Tensor, 3>;

class Norm : public RepeatableNorm {
 public:
  Norm(const at::Tensor& x, const NormWeights& weights)
      : x_(x.detach()), weight_(weights.weight), bias_(weights.bias), eps_(weights.eps), versions_(versions()) {}
  at::Tensor output() final {
    check_unchanged();
    if (!output_.defined()) output_ = forward();
    return output_;
  }
  NormGradients gradients(const at::Tensor& gradient, std::array<bool, 3> needed) {
    check_unchanged();
    output_.reset();
    return backward(gradient, needed);
  }
  virtual at::Tensor forward() = 0;
  bool has_weight() const { return weight_.defined(); }
  bool has_bias() const { return bias_.defined(); }

 protected:
  virtual NormGradients backward(const at::Tensor& gradient, std::array<bool, 3> needed) = 0;

  at::Tensor x_, weight_, bias_;
  double eps_;

 private:
  using Versions = std::array<std::uint32_t, 3>;

  // Autograd checks these of the tensors that it saves itself.
  Versions versions() const {
    const auto version = [](const at::Tensor& x) {
      return x.defined() ? static_cast<std::uint32_t>(x._version()) : std::uint32_t{0};
    };
    return {version(x_), version(weight_), version(bias_)};
  }
  void check_unchanged() const {
    if (versions() == versions_) return;
    throw Error(ErrorKind::kInternal, "a tensor of a norm changed before its backward pass");
  }

  Versions versions_;
  at::Tensor output_;
};

class LayerNormOf final : public Norm {
 public:
  using Norm::Norm;
  at::Tensor forward() override {
    at::Tensor y;
    std::tie(y, mean_, rstd_) = at::native_layer_norm(x_, {x_.size(-1)}, if_defined(weight_), if_defined(bias_), eps_);
    return y;
  }
  NormGradients backward(const at::Tensor& gradient, std::array<bool, 3> needed) override {
    auto [of_x, of_weight, of_bias] = at::native_layer_norm_backward(gradient, x_, {x_.size(-1)}, mean_, rstd_,
                                                                     if_defined(weight_), if_defined(bias_), needed);
    return {of_x, of_weight, of_bias};
  }

 private:
  at::Tensor mean_, rstd_;
};

// y = weight * x * scale with scale = (mean(x^2) + eps)^(-1/2), so dscale/dx = -scale^3 x / size.
class RmsNormOf final : public Norm {
 public:
  using Norm::Norm;
  at::Tensor forward() override {
    scale_ = at::rsqrt(x_.pow(2).mean(/*dim=*/-1, /*keepdim=*/true) + eps_);
    return weight_ * (x_ * scale_);
  }
  NormGradients backward(const at::Tensor& gradient, std::array<bool, 3> needed) override {
    NormGradients result;
    if (needed[0]) {
      const at::Tensor scaled = gradient * weight_;
      const at::Tensor of_scale = (scaled * x_).sum(/*dim=*/-1, /*keepdim=*/true);
      const auto size = static_cast<double>(x_.size(-1));
      result[0] = scaled * scale_ - x_ * (of_scale * scale_.pow(3) / size);
    }
    if (needed[1]) result[1] = (gradient * (x_ * scale_)).sum(/*dim=*/0);
    return result;
  }

 private:
  at::Tensor scale_;  // (N, 1)
};

struct NormFunction : torch::autograd::Function<NormFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& /*x*/,
                            const std::optional<at::Tensor>& /*weight*/, const std::optional<at::Tensor>& /*bias*/,
                            const std::shared_ptr<Norm>& norm) {
    keep(*context, "norm", norm);
    return norm->forward();
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    refuse_gradients_of_gradients();
    const std::shared_ptr<Norm> norm = std::exchange(kept<Norm>(*context, "norm"), nullptr);
    if (norm == nullptr) throw Error(ErrorKind::kInternal, "a norm has one backward pass");
    // Undefined tensors have no place among the inputs.
    const bool has_weight = norm->has_weight();
    const auto [x, weight, bias] =
        norm->gradients(gradients[0], {context->needs_input_grad(0), has_weight && context->needs_input_grad(1),
                                       norm->has_bias() && context->needs_input_grad(has_weight ? 2 : 1)});
    return {x, weight, bias, {}};
  }
};

template <typename NormOf>
at::Tensor apply_norm(const at::Tensor& x, const NormWeights& weights) {
  const std::shared_ptr<Norm> norm = std::make_shared<NormOf>(x, weights);
  return NormFunction::apply(x, if_defined(weights.weight), if_defined(weights.bias), norm);
}

}  // namespace

at::Tensor layer_norm_with_gradient(const at::Tensor& x, const NormWeights& weights) {
  return apply_norm<LayerNormOf>(x, weights);
}

at::Tensor rms_norm_with_gradient(const at::Tensor& x, const NormWeights& weights) {
  return apply_norm<RmsNormOf>(x, weights);
}

std::shared_ptr<RepeatableNorm> norm_behind(const at::Tensor& output) {
  const auto function = output.grad_fn();
  auto* const node = dynamic_cast<torch::autograd::CppNode<NormFunction>*>(function.get());
  return node == nullptr ? nullptr : kept<Norm>(node->ctx_, "norm");
}

}  // namespace dppo
