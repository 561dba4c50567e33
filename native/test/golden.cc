#include "golden.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "base/random.h"
#include "io/file.h"
#include "io/safetensors.h"

namespace dppo::golden {

namespace fs = std::filesystem;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

template <typename Keep>
std::vector<std::string> names(const std::string& folder, const std::string& extension, Keep keep) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(path(folder))) {
    if (!keep(entry)) continue;
    const std::string name = entry.path().filename().string();
    found.push_back(name.substr(0, name.size() - extension.size()));
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

std::string path(const std::string& name) { return std::string(DPPO_GOLDEN_DIR) + "/" + name; }

std::vector<std::string> folders(const std::string& folder) {
  return names(folder, "", [](const fs::directory_entry& entry) { return entry.is_directory(); });
}

std::vector<std::string> files(const std::string& folder, const std::string& extension) {
  return names(folder, extension,
               [&](const fs::directory_entry& entry) { return entry.path().string().ends_with(extension); });
}

std::map<std::string, at::Tensor> tensors(const std::string& name) {
  const NamedTensors list = read_safetensors(path(name));
  return {list.begin(), list.end()};
}

Json json(const std::string& name) { return Json::parse(read_text_file(path(name)), name); }

const Json& member(const Json& object, const char* key) {
  const Json* value = object.find(key);
  if (value == nullptr) throw std::runtime_error(std::string("golden data lacks ") + key);
  return *value;
}

std::vector<std::int64_t> integers(const Json& list) {
  std::vector<std::int64_t> result;
  for (const Json& item : list.as_array()) result.push_back(item.as_integer());
  return result;
}

std::vector<double> numbers(const Json& list) {
  std::vector<double> result;
  for (const Json& item : list.as_array()) {
    result.push_back(item.is_null() ? std::numeric_limits<double>::quiet_NaN() : item.as_double());
  }
  return result;
}

Rows rows(const Json& list) {
  Rows result;
  for (const Json& row : list.as_array()) result.push_back(integers(row));
  return result;
}

Rows rows(const std::map<std::string, at::Tensor>& expected) {
  const at::Tensor& ids = expected.at("ids");
  const at::Tensor& lengths = expected.at("lengths");
  const auto* id = ids.const_data_ptr<std::int64_t>();
  Rows result;
  for (std::int64_t i = 0; i < lengths.numel(); ++i) {
    const std::int64_t length = lengths[i].item<std::int64_t>();
    result.emplace_back(id, id + length);
    id += length;
  }
  return result;
}

double deviation(const at::Tensor& ours, const at::Tensor& theirs) {
  if (ours.sizes() != theirs.sizes()) return kInfinite;
  if (ours.numel() == 0) return 0.0;
  const at::Tensor a = ours.detach().to(at::kDouble);
  const at::Tensor b = theirs.detach().to(at::kDouble);
  if (!at::equal(a.isnan(), b.isnan())) return kInfinite;
  // Equal infinities differ by nothing.
  const at::Tensor difference = at::where(a == b, at::zeros_like(a), (a - b).abs());
  return difference.nan_to_num(0.0, kInfinite, kInfinite).max().item<double>();
}

at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) {
  RandomStream random(seed, 0);
  at::Tensor result = at::empty(shape, at::kDouble);
  auto* values = result.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < result.numel(); ++i) values[i] = random.next_normal();
  return result;
}

void within(const std::string& what, double deviation, double tolerance) {
  EXPECT_LE(deviation, tolerance) << what;
  if (const char* report = std::getenv("DPPO_CORRECTNESS_FILE")) {
    std::ofstream(report, std::ios::app) << "{\"what\":\"" << what << "\",\"deviation\":" << deviation
                                         << ",\"tolerance\":" << tolerance << "}\n";
  }
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "dppo-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace dppo::golden
