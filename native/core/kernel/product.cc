#include "kernel/product.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/error.h"
#include "base/parallel.h"
#include "kernel/storage.h"

namespace dppo::kernel {

namespace {

// Multiplications, and copied elements, below which a second thread costs more than it saves.
constexpr std::int64_t kThreadProducts = 1 << 21;
constexpr std::int64_t kThreadCopies = 1 << 17;

// Elements of the left matrix that are packed at once, 8 MiB.
constexpr std::int64_t kPackedElements = 1 << 21;

// Tiles that a part of the rows has at least, when there are fewer panels of columns than threads.
constexpr std::int64_t kMinTiles = 8;

bool has_unit_stride(const at::Tensor& matrix) { return matrix.stride(0) == 1 || matrix.stride(1) == 1; }

// A copy has one element after the other in memory, as `MatrixView` wants it.
at::Tensor laid_out(const at::Tensor& matrix) { return has_unit_stride(matrix) ? matrix : matrix.contiguous(); }

void check_product(const at::Tensor& left, const at::Tensor& right, const at::Tensor& bias) {
  const bool fits = left.dim() == 2 && right.dim() == 2 && left.size(1) == right.size(0) &&
                    (!bias.defined() || (bias.dim() == 1 && bias.size(0) == right.size(1)));
  if (!fits) {
    throw Error(ErrorKind::kShape,
                "matrix_product: left is (rows, inner), right is (inner, columns), bias is (columns)");
  }
  const bool on_cpu = left.is_cpu() && right.is_cpu() && (!bias.defined() || bias.is_cpu());
  if (!on_cpu || left.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kShape, "matrix_product: all must be tensors of the CPU, left of float32");
  }
  storage_of(right);  // throws for a type that cannot be multiplied
}

MatrixView view_of(const at::Tensor& matrix) {
  return {matrix.const_data_ptr(), storage_of(matrix), matrix.stride(0), matrix.stride(1)};
}

MatrixView part_of(const MatrixView& matrix, std::int64_t row, std::int64_t column) {
  const std::int64_t offset = row * matrix.row_stride + column * matrix.column_stride;
  return {static_cast<const char*>(matrix.data) + offset * element_bytes(matrix.storage), matrix.storage,
          matrix.row_stride, matrix.column_stride};
}

// One product, computed block by block.
struct Product {
  const ProductKernels& kernel;
  MatrixView left, right;
  const float* bias;
  float* out;  // row-major
  std::int64_t inner, columns;
  float* packed;  // memory for the panels of some rows of the left matrix

  // Calls visit(start, length) for each block of the inner dimension.
  template <typename Visit>
  void for_each_block(Visit visit) const {
    for (std::int64_t start = 0; start < inner; start += kMaxInner) visit(start, std::min(kMaxInner, inner - start));
  }

  // Packs the rows [first, first + rows) of the left matrix. The panels of a block of the inner dimension lie side by
  // side.
  void pack(std::int64_t first, std::int64_t rows) const {
    const std::int64_t tile = kernel.tile_rows;
    const std::int64_t panels = tiles_of(rows);
    parallel_for(panels, 1 + kThreadCopies / (tile * inner), [&](std::int64_t begin, std::int64_t end) {
      for_each_block([&](std::int64_t start, std::int64_t length) {
        float* block = packed + panels * tile * start;
        for (std::int64_t panel = begin; panel < end; ++panel) {
          const std::int64_t row = panel * tile;
          kernel.pack_left(part_of(left, first + row, start), std::min(tile, rows - row), length, block + row * length);
        }
      });
    });
  }

  // Multiplies the packed rows with all columns.
  void multiply(std::int64_t first, std::int64_t rows) const {
    const std::int64_t panels = (columns + kernel.tile_columns - 1) / kernel.tile_columns;
    // Each part of the rows packs the columns anew, which pays when a thread would have nothing to do.
    const std::int64_t tiles = tiles_of(rows);
    const std::int64_t parts = std::clamp<std::int64_t>(at::get_num_threads() / panels, 1, 1 + tiles / kMinTiles);
    const std::int64_t part_rows = (tiles + parts - 1) / parts * kernel.tile_rows;
    const std::int64_t work = part_rows * inner * kernel.tile_columns;
    parallel_for(panels * parts, 1 + kThreadProducts / work, [&](std::int64_t begin, std::int64_t end) {
      for_each_block([&](std::int64_t start, std::int64_t length) {
        const float* block = packed + tiles * kernel.tile_rows * start;
        for (std::int64_t task = begin; task < end; ++task) {
          const std::int64_t row = task % parts * part_rows;
          const std::int64_t column = task / parts * kernel.tile_columns;
          if (row >= rows) continue;
          kernel.multiply({.left = block + row * length,
                           .right = part_of(right, start, column),
                           .bias = bias != nullptr && start == 0 ? bias + column : nullptr,
                           .out = out + (first + row) * columns + column,
                           .row_stride = columns,
                           .rows = std::min(part_rows, rows - row),
                           .inner = length,
                           .columns = std::min(kernel.tile_columns, columns - column),
                           .adds = start > 0});
        }
      });
    });
  }

  std::int64_t tiles_of(std::int64_t rows) const { return (rows + kernel.tile_rows - 1) / kernel.tile_rows; }
};

}  // namespace

at::Tensor matrix_product(const at::Tensor& left, const at::Tensor& right, const at::Tensor& bias,
                          const Kernels& kernels) {
  check_product(left, right, bias);
  const std::int64_t rows = left.size(0), inner = left.size(1), columns = right.size(1);
  if (inner == 0)
    return bias.defined() ? bias.to(at::kFloat).expand({rows, columns}).clone() : at::zeros({rows, columns});
  const at::Tensor out = at::empty({rows, columns}, left.options().requires_grad(false));
  if (out.numel() == 0) return out;
  const at::Tensor a = laid_out(left), b = laid_out(right);
  const at::Tensor wide_bias = bias.defined() ? bias.to(at::kFloat).contiguous() : bias;
  const ProductKernels& kernel = kernels.product;
  const std::int64_t tile = kernel.tile_rows;
  const std::int64_t most = std::min(kPackedElements / inner, kMultiplicationsPerCheck / inner / columns);
  const std::int64_t most_rows = std::max<std::int64_t>(1, most / tile) * tile;
  const at::Tensor packed = at::empty({(std::min(rows, most_rows) + tile - 1) / tile * tile * inner}, out.options());
  const Product product{kernel,
                        view_of(a),
                        view_of(b),
                        bias.defined() ? wide_bias.const_data_ptr<float>() : nullptr,
                        out.mutable_data_ptr<float>(),
                        inner,
                        columns,
                        packed.mutable_data_ptr<float>()};
  for (std::int64_t first = 0; first < rows; first += most_rows) {
    check_cancelled();
    const std::int64_t count = std::min(most_rows, rows - first);
    product.pack(first, count);
    product.multiply(first, count);
  }
  return out;
}

}  // namespace dppo::kernel
