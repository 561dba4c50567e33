#include "kernel/level.h"

namespace dppo::kernel {

namespace baseline {
const Kernels& table();
}
#if defined(__x86_64__)
namespace avx2 {
const Kernels& table();
}
namespace avx512 {
const Kernels& table();
}
#endif

const Kernels* kernels_for(Level level) {
  switch (level) {
    case Level::kBaseline: return &baseline::table();
#if defined(__x86_64__)
    case Level::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
                 ? &avx2::table()
                 : nullptr;
    case Level::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
                 ? &avx512::table()
                 : nullptr;
#endif
    default: return nullptr;
  }
}

namespace {

const Kernels& highest() {
  if (const Kernels* kernels = kernels_for(Level::kAvx512)) return *kernels;
  if (const Kernels* kernels = kernels_for(Level::kAvx2)) return *kernels;
  return baseline::table();
}

}  // namespace

const Kernels& best_kernels() {
  static const Kernels& best = highest();
  return best;
}

}  // namespace dppo::kernel
