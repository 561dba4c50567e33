// What the functions share whose gradients this package computes instead of autograd.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>
#include <string>
#include <utility>

namespace dppo {

// Throws Error(kInternal) in a backward pass that records gradients of gradients.
void refuse_gradients_of_gradients();

// An object that a node of autograd keeps between its two passes.
template <typename T>
struct KeptObject : torch::CustomClassHolder {
  explicit KeptObject(std::shared_ptr<T> kept) : object(std::move(kept)) {}
  std::shared_ptr<T> object;
};

template <typename T>
void keep(torch::autograd::AutogradContext& context, const std::string& name, std::shared_ptr<T> object) {
  context.saved_data[name] = at::IValue::make_capsule(c10::make_intrusive<KeptObject<T>>(std::move(object)));
}

template <typename T>
std::shared_ptr<T>& kept(const torch::autograd::AutogradContext& context, const std::string& name) {
  return static_cast<KeptObject<T>&>(*context.saved_data.at(name).toCapsule()).object;
}

}  // namespace dppo
