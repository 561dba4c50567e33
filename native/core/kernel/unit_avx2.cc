#if defined(__x86_64__)
#define DPPO_UNIT avx2
#define DPPO_VECTOR_BYTES 32

#include "kernel/unit.h"
#endif
