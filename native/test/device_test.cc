#include "base/device.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "errors.h"

namespace dppo {
namespace {

TEST(Device, SaysThatLibtorchHasNoCuda) {
  EXPECT_EQ(describe_absent_device(/*built_with_cuda=*/false, 0), "this libtorch was built without CUDA");
}

TEST(Device, DoesNotBlameLibtorchForAMissingDriver) {
  const std::string words = describe_absent_device(/*built_with_cuda=*/true, 0);
  EXPECT_EQ(words.find("without CUDA"), std::string::npos) << words;
  EXPECT_NE(words.find("driver"), std::string::npos) << words;
}

TEST(Device, CountsTheUsableDevices) {
  EXPECT_EQ(describe_absent_device(/*built_with_cuda=*/true, 1), "this machine has 1 usable CUDA device");
  EXPECT_EQ(describe_absent_device(/*built_with_cuda=*/true, 4), "this machine has 4 usable CUDA devices");
}

TEST(Device, RejectsANumberBeyondTheLastDevice) {
  expect_error(
      ErrorKind::kDevice, [] { parse_device("cuda:127"); }, "cuda:127");
}

}  // namespace
}  // namespace dppo
