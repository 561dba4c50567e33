// The kernel of sample.cu, compiled for a GPU and a type of logits.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <memory>

#include "gpu/sample_arguments.h"

namespace dppo::gpu {

class SampleKernel {
 public:
  // Returns the kernel for logits of this type; null if there is none, because the device is no GPU of compute
  // capability 8.0 or later, the build cannot compile kernels, or the type is another one than those of LogitType. It
  // is compiled once in a process, which takes a second or two.
  static std::shared_ptr<const SampleKernel> get(c10::Device device, c10::ScalarType logits);

  // Draws a token of each row on the current stream.
  void operator()(const SampleArguments& arguments) const;

  ~SampleKernel();
  SampleKernel(const SampleKernel&) = delete;
  SampleKernel& operator=(const SampleKernel&) = delete;

 private:
  struct Compiled;
  SampleKernel(c10::Device device, LogitType logits);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace dppo::gpu
