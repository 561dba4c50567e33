// The gradient of a weight that is both token embedding and head, against autograd's.
#include "model/tied_embedding.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "base/index_tensor.h"
#include "base/memory_reuse.h"

namespace dppo {
namespace {

constexpr std::int64_t kVocabulary = 512, kWidth = 512;
constexpr std::int64_t kPad = 3;

at::Tensor leaf(const at::Tensor& value) { return value.detach().clone().requires_grad_(true); }

at::Tensor some_ids() {
  static constexpr std::int64_t kIds[] = {7, kPad, 7, 500, kPad, 0, 7, 511};
  return index_tensor(kIds, at::kCPU);
}

// A loss of the lookups and of the logits of every second one.
template <typename Embed, typename Head>
at::Tensor loss_of(const Embed& embed, const Head& head) {
  const TiedEmbedding embedding = embed();
  const at::Tensor hidden = embedding.rows.tanh();
  return head(hidden.slice(/*dim=*/0, 0, hidden.size(0), 2), embedding.head).pow(2).sum() + hidden.sum();
}

at::Tensor tied_loss(const at::Tensor& weight, std::int64_t pad_id) {
  return loss_of([&] { return embed_tied(weight, some_ids(), pad_id); }, tied_logits);
}

TEST(TiedEmbeddingTest, AgreesWithAutograd) {
  const at::Tensor start = at::randn({kVocabulary, kWidth}) * 0.05;
  for (const std::int64_t pad_id : {std::int64_t{-1}, kPad}) {
    const at::Tensor weight = leaf(start), wide = leaf(start.to(at::kDouble));
    const at::Tensor loss = tied_loss(weight, pad_id);
    const at::Tensor expected = loss_of(
        [&] {
          return TiedEmbedding{at::embedding(wide, some_ids(), pad_id), {wide}};
        },
        [](const at::Tensor& x, const TiedHead& head) { return at::linear(x, head.weight); });
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-3 * std::abs(expected.item<double>()));
    loss.backward();
    expected.backward();
    EXPECT_TRUE(weight.grad().to(at::kDouble).allclose(wide.grad(), 1e-4, 1e-4)) << "pad id " << pad_id;
  }
}

TEST(TiedEmbeddingTest, GivesTheGradientOfTheLookupAlone) {
  const at::Tensor weight = leaf(at::randn({kVocabulary, kWidth}));
  embed_tied(weight, some_ids(), kPad).rows.sum().backward();
  EXPECT_EQ(weight.grad()[7].sum().item<double>(), 3.0 * kWidth);
  EXPECT_EQ(weight.grad()[kPad].sum().item<double>(), 0.0);
  EXPECT_EQ(weight.grad().sum().item<double>(), 6.0 * kWidth);
}

TEST(TiedEmbeddingTest, HasOneGradientOfTheWholeWeight) {
  const at::Tensor weight = leaf(at::randn({kVocabulary, kWidth}));
  const MemoryReuseScope scope;
  tied_loss(weight, kPad).backward();
  // What is freed is cached. A gradient of the lookup alone, or a copy of the head's, would be among it.
  EXPECT_LT(cached_memory(), weight.nbytes() / 2);
}

TEST(TiedEmbeddingTest, RefusesAnotherUseOfTheHead) {
  const at::Tensor weight = leaf(at::randn({kVocabulary, kWidth}));
  const at::Tensor hidden = at::randn({3, kWidth}).requires_grad_(true);
  const TiedHead twice = embed_tied(weight, some_ids(), kPad).head;
  EXPECT_ANY_THROW((tied_logits(hidden, twice).sum() + tied_logits(hidden, twice).sum()).backward());
  const TiedHead plain = embed_tied(weight, some_ids(), kPad).head;
  EXPECT_ANY_THROW(at::linear(hidden, plain.weight).sum().backward());
}

TEST(TiedEmbeddingTest, RefusesGradientsOfGradients) {
  const at::Tensor weight = leaf(at::randn({kVocabulary, kWidth}));
  EXPECT_ANY_THROW(
      embed_tied(weight, some_ids(), -1).rows.pow(2).sum().backward({}, /*retain_graph=*/true, /*create_graph=*/true));
}

}  // namespace
}  // namespace dppo
