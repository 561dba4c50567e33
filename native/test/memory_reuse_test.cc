#include "base/memory_reuse.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include <thread>

namespace dppo {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

at::Tensor piece(std::int64_t bytes) { return at::empty({bytes}, at::kByte); }

TEST(MemoryReuseTest, GivesFreedMemoryToTheNextTensorOfThatSize) {
  const MemoryReuseScope scope;
  at::Tensor first = piece(4 * kMiB);
  const void* address = first.const_data_ptr();
  first.reset();
  EXPECT_EQ(cached_memory(), static_cast<std::size_t>(4 * kMiB));
  const at::Tensor again = piece(4 * kMiB - 1000);
  EXPECT_EQ(again.const_data_ptr(), address);
  EXPECT_EQ(cached_memory(), 0U);
}

TEST(MemoryReuseTest, LeavesAtMostAnEighthOfABlockEmpty) {
  const MemoryReuseScope scope;
  at::Tensor a = piece(4 * kMiB), b = piece(4 * kMiB);
  a.reset();
  b.reset();
  // A block of its own, for which one of the others goes.
  piece(3 * kMiB);
  EXPECT_EQ(cached_memory(), static_cast<std::size_t>(7 * kMiB));
}

TEST(MemoryReuseTest, KeepsNoMoreThanThePeak) {
  const MemoryReuseScope scope;
  at::Tensor a = piece(4 * kMiB), b = piece(2 * kMiB);  // the peak is 6 MiB
  a.reset();
  const at::Tensor c = piece(3 * kMiB);  // 5 MiB in use, so the cached block goes
  EXPECT_EQ(cached_memory(), 0U);
  b.reset();
  EXPECT_EQ(cached_memory(), static_cast<std::size_t>(2 * kMiB));
}

TEST(MemoryReuseTest, KeepsNothingOutsideOfScopes) {
  at::Tensor outlives;
  {
    const MemoryReuseScope scope;
    outlives = at::full({kMiB}, 7, at::kByte);
    piece(kMiB);
    EXPECT_EQ(cached_memory(), static_cast<std::size_t>(kMiB));
    { const MemoryReuseScope inner; }
    EXPECT_EQ(cached_memory(), static_cast<std::size_t>(kMiB));
  }
  EXPECT_EQ(cached_memory(), 0U);
  EXPECT_EQ(outlives[kMiB - 1].item<int>(), 7);
  outlives.reset();
  EXPECT_EQ(cached_memory(), 0U);
}

TEST(MemoryReuseTest, LeavesSmallTensorsToTheLibrary) {
  const MemoryReuseScope scope;
  piece(1000);
  EXPECT_EQ(cached_memory(), 0U);
}

TEST(MemoryReuseTest, ThreadsShareTheMemory) {
  const MemoryReuseScope scope;
  const auto work = [] {
    for (int i = 0; i < 200; ++i) {
      const at::Tensor tensor = at::full({kMiB + 1000 * (i % 7)}, i % 100, at::kByte);
      ASSERT_EQ(tensor[kMiB - 1].item<int>(), i % 100);
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(MemoryReuseTest, ReportsExhaustedMemoryAsTheLibraryDoes) {
  const MemoryReuseScope scope;
  piece(kMiB);
  EXPECT_THROW(piece(std::int64_t{1} << 60), c10::Error);
  // What was cached could not help, but was given back first.
  EXPECT_EQ(cached_memory(), 0U);
  EXPECT_EQ(piece(kMiB).numel(), kMiB);
}

}  // namespace
}  // namespace dppo
