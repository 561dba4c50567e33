// The entry points of libFuzzer. The environment variable DPPO_FUZZ_TARGET names the target.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "targets.h"

namespace {

const std::string& target() {
  static const char* name = std::getenv("DPPO_FUZZ_TARGET");
  static const std::string text = name == nullptr ? "" : name;
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dppo::fuzz::run_target(target(), {reinterpret_cast<const char*>(data), size});
  return 0;
}
