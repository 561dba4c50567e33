// A fuzzer for compilers without libFuzzer: `driver TARGET CORPUS SECONDS SEED ARTIFACT`. It knows nothing of coverage
// and keeps no inputs. The input in work stands in the file ARTIFACT, so that a crash leaves it there.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

#include "mutate.h"
#include "targets.h"

namespace {

using Clock = std::chrono::steady_clock;

void keep(const std::string& artifact, const std::string& input) {
  std::ofstream(artifact, std::ios::binary | std::ios::trunc) << input;
}

int fuzz(const std::string& target, const std::string& corpus, double seconds, std::uint64_t seed,
         const std::string& artifact) {
  const auto inputs = dppo::fuzz::read_corpus(corpus);
  const auto start = Clock::now();
  const auto elapsed = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::uint64_t runs = 0;
  for (; elapsed() < seconds; ++runs) {
    dppo::RandomStream random(seed, runs);
    const std::string input = dppo::fuzz::mutate(inputs, random);
    keep(artifact, input);
    dppo::fuzz::run_target(target, input);
  }
  std::remove(artifact.c_str());
  std::printf("%s: %llu inputs in %.0f s without a finding (seed %llu)\n", target.c_str(),
              static_cast<unsigned long long>(runs), elapsed(), static_cast<unsigned long long>(seed));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: driver TARGET CORPUS SECONDS SEED ARTIFACT\n");
    return 2;
  }
  return fuzz(arguments[1], arguments[2], std::strtod(arguments[3], nullptr), std::strtoull(arguments[4], nullptr, 10),
              arguments[5]);
}
