// Files that ask for much more memory than they have bytes, and files that change or never end.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/excerpt.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "golden.h"
#include "io/file.h"
#include "io/json.h"
#include "io/pickle.h"
#include "io/safetensors.h"
#include "io/zip.h"
#include "model/scoring.h"

namespace dppo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMegabyte = 1 << 20;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

template <typename T>
std::string bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// Lets this process take `more` bytes beyond what it has mapped.
void limit_memory(std::size_t more) {
#ifndef __SANITIZE_ADDRESS__
  long pages = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld", &pages) != 1) std::exit(3);
  std::fclose(file);
  const auto limit = static_cast<rlim_t>(pages) * 4096 + more;
  const rlimit both{limit, limit};
  if (::setrlimit(RLIMIT_AS, &both) != 0) std::exit(3);
#endif
}

// Runs `read` in a process that may take `more` bytes. It must be refused with a message that holds `said` and is
// short.
void expect_refused_within(std::size_t more, const std::string& said, const std::function<void()>& read) {
  EXPECT_EXIT(
      {
        limit_memory(more);
        try {
          read();
        } catch (const Error& error) {
          const std::string text = error.what();
          std::fprintf(stderr, "%.300s", text.c_str());
          std::exit(text.find(said) != std::string::npos && text.size() < 1000 ? 0 : 1);
        }
        std::exit(2);
      },
      testing::ExitedWithCode(0), "")
      << said;
}

std::string pickled(const std::string& body) { return "\x80\x02" + body + "."; }

std::string text_of(const std::string& text) { return "X" + bytes(static_cast<std::uint32_t>(text.size())) + text; }

// A file of torch.save in the older format with a storage named "0" of float32 numbers, or none for 0.
std::string legacy_file(const std::string& object, std::size_t numbers = 0) {
  const std::string magic = pickled(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
  const std::string start = magic + pickled("K\x01") + pickled("}") + pickled(object);
  if (numbers == 0) return start + pickled("]");
  return start + pickled("]" + text_of("0") + "a") + bytes(static_cast<std::int64_t>(numbers)) +
         std::string(4 * numbers, '\0');
}

// The calls that make a tensor of the first `numbers` numbers of the storage.
std::string tensor_of(std::int32_t numbers) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text_of("storage") + "ctorch\nFloatStorage\n" + text_of("0") +
         text_of("cpu") + "J" + bytes(numbers) + "tQ" + std::string("K\0", 2) + "J" + bytes(numbers) + "\x85K\x01\x85" +
         "\x89" + "ccollections\nOrderedDict\n)RtR";
}

class BudgetTest : public testing::Test {
 protected:
  // Returns the path of a new file.
  std::string write(const std::string& content) {
    golden::write_file(folder_.file("x.bin"), content);
    return folder_.file("x.bin");
  }
  golden::TemporaryFolder folder_;
};

TEST_F(BudgetTest, AStringThatAPickleRepeatsIsStoredOnce) {
  const std::string again = repeated("h\x01", 400'000);
  const auto path = write(legacy_file("(" + text_of(std::string(kMegabyte, 'x')) + "q\x01" + again + "t"));
  expect_refused_within(256 * kMegabyte, "expected a dictionary", [&] { read_pickled_tensors(path); });
}

TEST_F(BudgetTest, APickleHasALimitOfValues) {
  const auto memo = write(legacy_file("N" + repeated("\x94", 4'000'100)));
  expect_refused_within(700 * kMegabyte, "more than 4000000 values", [&] { read_pickled_tensors(memo); });
  const auto nones = write(legacy_file(repeated("N", 4'000'100)));
  expect_refused_within(700 * kMegabyte, "more than 4000000 values", [&] { read_pickled_tensors(nones); });
}

TEST_F(BudgetTest, ManyTensorsOnOneStorageAreRefused) {
  std::string dict = "}(";
  for (int i = 0; i < 100'000; ++i) {
    dict += text_of("t" + std::to_string(i)) + (i == 0 ? tensor_of(1'000'000) + "q\x01" : std::string("h\x01"));
  }
  const auto path = write(legacy_file(dict + "u", 1'000'000));
  expect_refused_within(256 * kMegabyte, "more than 4 times", [&] { read_pickled_tensors(path); });
}

// With one of four lengths of the name, the data lie at a whole number of elements, and the tensors are views of the
// file.
TEST_F(BudgetTest, TiedTensorsShareTheFileWhereItIsAligned) {
  int shared = 0;
  for (const std::string& name : {"a", "aa", "aaa", "aaaa"}) {
    const auto path =
        write(legacy_file("}(" + text_of(name) + tensor_of(1000) + "q\x01" + text_of("b") + "h\x01u", 1000));
    const NamedTensors tensors = read_pickled_tensors(path);
    ASSERT_EQ(tensors.size(), 2u);
    EXPECT_EQ(tensors[0].second.numel(), 1000);
    EXPECT_TRUE(tensors[1].second.equal(tensors[0].second));
    // Who trains them must see that they share their memory.
    shared += tensors[1].second.is_alias_of(tensors[0].second) ? 1 : 0;
  }
  EXPECT_EQ(shared, 1);
}

std::string safetensors_of(const std::string& header) {
  return bytes(static_cast<std::uint64_t>(header.size())) + header;
}

TEST_F(BudgetTest, AHeaderHasALimitOfValues) {
  const auto many = write(safetensors_of("[" + repeated("[],", 2'000'000) + "1]"));
  expect_refused_within(512 * kMegabyte, "more than 1000000 values", [&] { read_safetensors(many); });
  const auto keys = write(safetensors_of("{" + repeated("\"a\":0,", 2'000'000) + "\"b\":0}"));
  expect_refused_within(512 * kMegabyte, "more than 1000000 values", [&] { read_safetensors(keys); });
  const auto text = write(safetensors_of("{\"a\":\"" + std::string(95 * kMegabyte, 'x') + "\"}"));
  expect_refused_within(512 * kMegabyte, "not described", [&] { read_safetensors(text); });
}

TEST_F(BudgetTest, LongNamesAreQuotedInPart) {
  const std::string name(5 * kMegabyte, 'n');
  const auto header = write(safetensors_of("{\"" + name + "\":1}"));
  expect_refused_within(128 * kMegabyte, "nnn... is not described", [&] { read_safetensors(header); });
  const auto twice = write(safetensors_of("{\"" + name + "\":1,\"" + name + "\":1}"));
  expect_refused_within(128 * kMegabyte, "duplicate key", [&] { read_safetensors(twice); });
  const auto pickle = write(legacy_file("}" + text_of(name) + "K\x01s"));
  expect_refused_within(128 * kMegabyte, "nnn... is no tensor", [&] { read_pickled_tensors(pickle); });
  const auto global = write(legacy_file("c" + name + "\nx\n"));
  expect_refused_within(128 * kMegabyte, "refused", [&] { read_pickled_tensors(global); });
}

TEST(Excerpt, CutsBetweenCharactersAndHidesControls) {
  EXPECT_EQ(excerpt("a\x1b[2Jb\n"), "a?[2Jb?");
  EXPECT_EQ(excerpt(std::string(kMaxExcerpt, 'a')), std::string(kMaxExcerpt, 'a'));
  // The two bytes of the last character would lie on both sides of the limit.
  EXPECT_EQ(excerpt(std::string(kMaxExcerpt - 1, 'a') + "\xc3\xa9"), std::string(kMaxExcerpt - 1, 'a') + "...");
}

// An entry of a zip archive: its part of the directory points to one local header for all.
std::string directory_entry(const std::string& name, std::uint32_t size) {
  const auto count = static_cast<std::uint16_t>(name.size());
  return "PK\x01\x02" + std::string(16, '\0') + bytes(size) + bytes(size) + bytes(count) + std::string(12, '\0') +
         bytes(std::uint32_t{0}) + name;
}

TEST(ZipBudget, EntriesThatShareTheirBytesAreRefused) {
  const std::string data(1000, 'd');
  const std::string local = "PK\x03\x04" + std::string(26, '\0') + data;
  const auto archive = [&](const std::vector<std::string>& names) {
    std::string directory;
    for (const std::string& name : names) directory += directory_entry(name, 1000);
    const auto count = static_cast<std::uint16_t>(names.size());
    return local + directory + "PK\x05\x06" + std::string(4, '\0') + bytes(count) + bytes(count) +
           bytes(static_cast<std::uint32_t>(directory.size())) + bytes(static_cast<std::uint32_t>(local.size())) +
           std::string(2, '\0');
  };
  EXPECT_EQ(zip_entries(archive({"a"}), "x").at("a"), data);
  for (const auto& [names, said] : {std::pair(std::vector<std::string>{"a", "b"}, "share"),
                                    std::pair(std::vector<std::string>{"a", "a"}, "two entries")}) {
    expect_error(
        ErrorKind::kCheckpointFormat, [&] { zip_entries(archive(names), "x"); }, said);
  }
}

TEST_F(BudgetTest, PipesDevicesAndHugeTextsAreRefusedAtOnce) {
  const std::string pipe = folder_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, std::string("/dev/zero"), folder_.path()}) {
    expect_error(
        ErrorKind::kModel, [&] { read_safetensors(path); }, path + " is not a regular file");
  }
  const std::string text = write("{}");
  fs::resize_file(text, kMaxTextFile + 1);
  expect_refused_within(128 * kMegabyte, "expected a text of at most", [&] { read_text_file(text); });
}

TEST_F(BudgetTest, AModelSurvivesThatItsFileIsCutShort) {
  fs::copy(golden::path("files/prefix_module"), folder_.path(), fs::copy_options::recursive);
  const auto policy = load_policy(folder_.path(), {});
  const TokenRows rows{{1, 2, 3}};
  const at::Tensor before = row_logits(*policy->lm, rows).front();
  fs::resize_file(folder_.file("model.safetensors"), 0);
  EXPECT_TRUE(row_logits(*policy->lm, rows).front().equal(before));
}

TEST_F(BudgetTest, WeightsOfIntegersAreRefused) {
  fs::copy(golden::path("files/prefix_module"), folder_.path(), fs::copy_options::recursive);
  NamedTensors tensors = read_safetensors(folder_.file("model.safetensors"));
  for (auto& [name, tensor] : tensors) {
    if (name.find("fc1.bias") != std::string::npos) tensor = tensor.to(at::kInt);
  }
  write_safetensors(folder_.file("model.safetensors"), tensors);
  expect_error(
      ErrorKind::kModel, [&] { load_policy(folder_.path(), {}); }, "not of a floating-point type");
}

}  // namespace
}  // namespace dppo
