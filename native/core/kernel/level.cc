#include "kernel/level.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

bool has_bfloat16_units() {
#if defined(__x86_64__)
  // The built-in test for these names is missing in older compilers.
  constexpr unsigned kAvx512Bf16 = 1U << 5;
  constexpr unsigned kAmxBf16 = 1U << 22;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (kernels_for(Level::kAvx512) == nullptr || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  if (d & kAmxBf16) return true;
  return a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & kAvx512Bf16);
#else
  return false;
#endif
}

bool prefers_own_product() {
#if defined(__x86_64__)
  return kernels_for(Level::kAvx2) != nullptr && !__builtin_cpu_is("intel");
#else
  return false;
#endif
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
