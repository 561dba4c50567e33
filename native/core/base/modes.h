// Modes of libtorch as scopes, so that an exception restores them too.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <initializer_list>
#include <optional>

namespace dppo {

// bfloat16 autocast on a device for the length of a scope; does nothing when `enabled` is false.
class AutocastScope {
 public:
  AutocastScope(bool enabled, c10::DeviceType device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool enabled_;
  c10::DeviceType device_;
  bool previous_ = false;
  c10::ScalarType previous_dtype_ = c10::ScalarType::Float;
};

// Says for the length of a scope whether a GPU may use cuDNN's attention, which takes half a second to prepare for each
// new shape; does nothing on another device. The setting belongs to the whole process: threads that compute on a GPU
// side by side change it for each other, which may cost time but changes no number beyond rounding.
class CudnnAttentionScope {
 public:
  CudnnAttentionScope(bool allowed, c10::DeviceType device);
  ~CudnnAttentionScope();
  CudnnAttentionScope(const CudnnAttentionScope&) = delete;
  CudnnAttentionScope& operator=(const CudnnAttentionScope&) = delete;

 private:
  std::optional<bool> previous_;
};

// Sets the number of threads that libtorch uses inside one operation, for the length of a scope on this thread.
class ThreadCountScope {
 public:
  explicit ThreadCountScope(int threads);
  ~ThreadCountScope();
  ThreadCountScope(const ThreadCountScope&) = delete;
  ThreadCountScope& operator=(const ThreadCountScope&) = delete;

 private:
  int previous_;
};

// Returns whether operators on a device are cast to another type at the moment.
bool is_autocast(c10::DeviceType device);

// Returns whether an operation on these tensors, of which some may be undefined, belongs to a training pass in float32
// on the CPU: gradients are recorded, at least one tensor requires one, and there is no autocast.
bool records_float32_on_cpu(std::initializer_list<at::Tensor> tensors);

}  // namespace dppo
