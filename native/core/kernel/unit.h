// Source of one unit: the file that includes it sets DPPO_UNIT (a namespace) and DPPO_VECTOR_BYTES, and is compiled
// with the flags of that level. Nothing here may use inline functions of the standard library: the linker keeps one
// copy of such a function for the whole program, and that copy could hold instructions that the processor lacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernel/level.h"
#include "kernel/unit_attention.h"
#include "kernel/unit_few_rows.h"
#include "kernel/unit_product.h"
#include "kernel/unit_sum.h"
#include "kernel/unit_vector.h"
#include "kernel/unit_weights.h"

namespace dppo::kernel::DPPO_UNIT {

const Kernels& table() {
  static constexpr Kernels kTable{
      {few_rows_kernels<Float32>(), few_rows_kernels<Bfloat16>(), few_rows_kernels<Float16>()},
      {kTileRows, kTileColumns, &pack_left, &multiply_block},
      &attention_scratch,
      &attend,
      &sum_of_squares,
      &largest_of,
      &exponential_weights};
  return kTable;
}

}  // namespace dppo::kernel::DPPO_UNIT
