// A short run of the fuzz targets: every file of their corpora, and changes of them that are the same each time.
#include <gtest/gtest.h>

#include "../fuzz/mutate.h"
#include "../fuzz/targets.h"

namespace dppo {
namespace {

constexpr std::uint64_t kSeed = 20251126;
constexpr std::uint64_t kInputs = 3000;

class Fuzz : public testing::TestWithParam<std::string> {};

TEST_P(Fuzz, ReadersAcceptOrRefuse) {
  const auto corpus = fuzz::read_corpus(std::string(DPPO_FUZZ_CORPUS) + "/" + GetParam());
  for (const std::string& input : corpus) fuzz::run_target(GetParam(), input);
  for (std::uint64_t i = 0; i < kInputs; ++i) {
    RandomStream random(kSeed, i);
    const std::string input = fuzz::mutate(corpus, random);
    EXPECT_NO_THROW(fuzz::run_target(GetParam(), input)) << "input " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Fuzz, testing::ValuesIn(fuzz::target_names()),
                         [](const auto& info) { return info.param; });

TEST(Mutate, GivesTheSameInputsAgainAndOthersForAnotherStream) {
  const std::vector<std::string> inputs{std::string(500, 'a'), std::string(500, 'b')};
  const auto made = [&inputs](std::uint64_t stream) {
    RandomStream random(kSeed, stream);
    return fuzz::mutate(inputs, random);
  };
  EXPECT_EQ(made(1), made(1));
  EXPECT_NE(made(1), made(2));
}

}  // namespace
}  // namespace dppo
