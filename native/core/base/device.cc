#include "base/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <array>
#include <utility>

#include "base/error.h"

namespace dppo {

namespace {

constexpr std::array<std::pair<const char*, c10::ScalarType>, 4> kDtypes{{
    {"float32", c10::ScalarType::Float},
    {"bfloat16", c10::ScalarType::BFloat16},
    {"float16", c10::ScalarType::Half},
    {"float64", c10::ScalarType::Double},
}};

#ifdef DPPO_WITH_CUDA
constexpr bool kBuiltWithCuda = true;
#else
constexpr bool kBuiltWithCuda = false;
#endif

// at::hasCUDA() is also false when the driver is missing or no device is usable.
int cuda_devices() { return at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0; }

}  // namespace

c10::Device parse_device(const std::string& name) {
  if (name == "cpu") return c10::Device(c10::DeviceType::CPU);
  if (name.rfind("cuda", 0) != 0 || (name.size() > 4 && name[4] != ':')) {
    throw Error(ErrorKind::kConfig, "device \"" + name + "\": expected cpu, cuda or cuda:N");
  }
  int index = 0;
  if (name.size() > 4) {
    const std::string digits = name.substr(5);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
      throw Error(ErrorKind::kConfig, "device \"" + name + "\": expected a number after cuda:");
    }
    index = std::stoi(digits);
  }
  const int count = cuda_devices();
  if (index >= count) {
    throw Error(ErrorKind::kDevice,
                "device \"" + name + "\" is not there: " + describe_absent_device(kBuiltWithCuda, count));
  }
  return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
}

std::string describe_absent_device(bool built_with_cuda, int usable) {
  if (!built_with_cuda) return "this libtorch was built without CUDA";
  if (usable == 0) {
    return "this libtorch was built with CUDA, but no device is usable; the driver may be missing or too old, or "
           "CUDA_VISIBLE_DEVICES may hide the devices";
  }
  return "this machine has " + std::to_string(usable) + " usable CUDA device" + (usable == 1 ? "" : "s");
}

c10::ScalarType parse_dtype(const std::string& name) {
  for (const auto& [text, type] : kDtypes) {
    if (name == text) return type;
  }
  throw Error(ErrorKind::kConfig, "dtype \"" + name + "\": expected auto, float32, bfloat16, float16 or float64");
}

std::string dtype_name(c10::ScalarType dtype) {
  for (const auto& [text, type] : kDtypes) {
    if (dtype == type) return text;
  }
  return c10::toString(dtype);
}

std::vector<std::string> available_devices() {
  std::vector<std::string> names{"cpu"};
  for (int index = 0; index < cuda_devices(); ++index) names.push_back("cuda:" + std::to_string(index));
  return names;
}

}  // namespace dppo
