// Golden data and the one way to compare with it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/json.h"

namespace dppo::golden {

using Rows = std::vector<std::vector<std::int64_t>>;

// Absolute path below test/golden.
std::string path(const std::string& name);

// Sorted names of the folders in `folder`, or of its files with `extension`, without it.
std::vector<std::string> folders(const std::string& folder);
std::vector<std::string> files(const std::string& folder, const std::string& extension);

std::map<std::string, at::Tensor> tensors(const std::string& name);
Json json(const std::string& name);

// A member that must be there.
const Json& member(const Json& object, const char* key);
std::vector<std::int64_t> integers(const Json& list);
std::vector<double> numbers(const Json& list);  // null is NaN
Rows rows(const Json& list);

// Rows of expected.safetensors: `ids` cut by `lengths`.
Rows rows(const std::map<std::string, at::Tensor>& expected);

// Largest absolute difference; infinite when the shapes differ or one alone is NaN.
double deviation(const at::Tensor& ours, const at::Tensor& theirs);

// Returns normal draws in float64, which depend on the seed only.
at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed);

// Fails when the deviation exceeds the tolerance. Appends both to the file that DPPO_CORRECTNESS_FILE names, if set.
void within(const std::string& what, double deviation, double tolerance);

// A folder that is removed with everything in it at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& content);

}  // namespace dppo::golden
