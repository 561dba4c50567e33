#define DPPO_UNIT baseline
#define DPPO_VECTOR_BYTES 16

#include "kernel/unit.h"
