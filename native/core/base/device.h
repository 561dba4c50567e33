// Names of devices and number types, and whether this machine has them.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>
#include <vector>

namespace dppo {

// "cpu", "cuda" or "cuda:N". Throws Error(kConfig) for another name, Error(kDevice) for a device that is absent.
c10::Device parse_device(const std::string& name);

// Returns why a CUDA device is absent when `usable` devices are there, for messages.
std::string describe_absent_device(bool built_with_cuda, int usable);

// "float32", "bfloat16", "float16" or "float64". Throws Error(kConfig).
c10::ScalarType parse_dtype(const std::string& name);
std::string dtype_name(c10::ScalarType dtype);

// "cpu" and every usable "cuda:N".
std::vector<std::string> available_devices();

}  // namespace dppo
