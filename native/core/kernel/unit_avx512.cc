#if defined(__x86_64__)
#define DPPO_UNIT avx512
#define DPPO_VECTOR_BYTES 64

#include "kernel/unit.h"
#endif
