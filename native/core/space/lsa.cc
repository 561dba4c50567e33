#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/matmul.h>

#include <algorithm>

#include "base/error.h"
#include "base/modes.h"
#include "base/random.h"
#include "space/shards.h"
#include "space/sparse.h"

namespace dppo {

namespace {

// Extra directions that make the leading ones accurate (Halko, Martinsson & Tropp 2011, 1.3).
constexpr std::int64_t kOversampling = 20;

// Returns normal draws (rows, columns) float64, which depend on the seed and the row.
at::Tensor random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  at::Tensor matrix = at::empty({rows, columns}, at::kDouble);
  auto* const data = matrix.mutable_data_ptr<double>();
  for (std::int64_t row = 0; row < rows; ++row) {
    RandomStream random(seed, static_cast<std::uint64_t>(row));
    for (std::int64_t c = 0; c < columns; ++c) data[row * columns + c] = random.next_normal();
  }
  return matrix;
}

// Returns an orthonormal basis of the columns.
at::Tensor orthonormal(const at::Tensor& matrix) { return std::get<0>(at::linalg_qr(matrix)).contiguous(); }

// Products of the word-document matrix and its transpose with thin dense matrices; counts them for the progress.
class Products {
 public:
  Products(const SpaceCorpus& corpus, const LsaOptions& options, const SpaceProgress& progress)
      : by_document(log_entropy(corpus)),
        by_word(transposed(by_document)),
        total_(2 * options.power_iterations + 2),
        threads_(options.threads),
        progress_(progress) {}

  at::Tensor words(const at::Tensor& documents) { return product(by_word, documents); }
  at::Tensor documents(const at::Tensor& words) { return product(by_document, words); }

  const SparseMatrix by_document;
  const SparseMatrix by_word;

 private:
  at::Tensor product(const SparseMatrix& matrix, const at::Tensor& dense) {
    at::Tensor out = at::empty({matrix.rows, dense.size(1)}, at::kDouble);
    multiply(matrix, dense.const_data_ptr<double>(), out.mutable_data_ptr<double>(), dense.size(1), threads_);
    if (progress_) progress_(++done_ / static_cast<double>(total_));
    return out;
  }

  int done_ = 0;
  int total_;
  int threads_;
  const SpaceProgress& progress_;
};

// Makes the largest component of each column positive: singular vectors are fixed only up to their sign.
void fix_signs(at::Tensor& matrix) {
  const at::Tensor largest = matrix.abs().argmax(0, /*keepdim=*/true);
  matrix.mul_(matrix.gather(0, largest).sign());
}

}  // namespace

SpaceMatrix learn_lsa(const SpaceCorpus& corpus, const LsaOptions& options, const SpaceProgress& progress) {
  check_corpus(corpus);
  if (options.dimensions < 1) throw Error(ErrorKind::kConfig, "dimensions: expected at least 1");
  const at::NoGradGuard no_grad;
  // Libraries of dense algebra sum in another order with another number of threads.
  const ThreadCountScope one_thread(1);
  Products product(corpus, options, progress);
  const std::int64_t rank = std::min(product.by_document.rows, product.by_document.width);
  const std::int64_t kept = std::min<std::int64_t>(options.dimensions, rank);
  const std::int64_t sampled = std::min(kept + kOversampling, rank);

  at::Tensor basis = orthonormal(product.words(random_matrix(product.by_document.rows, sampled, options.seed)));
  for (int i = 0; i < options.power_iterations; ++i) {
    basis = orthonormal(product.words(orthonormal(product.documents(basis))));
  }
  // With A ~ Q (Q^T A) and A^T Q = P R, the left singular vectors of A are Q V and its singular values those of R.
  const auto [p, r] = at::linalg_qr(product.documents(basis));
  const auto [u, s, vh] = at::linalg_svd(r);
  at::Tensor scaled = at::matmul(basis, vh.t() * s).narrow(1, 0, kept).contiguous();
  fix_signs(scaled);
  const at::Tensor rounded = scaled.to(at::kFloat).contiguous();
  const auto* const data = rounded.const_data_ptr<float>();
  return {corpus.words, static_cast<std::int32_t>(kept), std::vector<float>(data, data + rounded.numel())};
}

}  // namespace dppo
