// Every way weights are stored, and files that mean harm.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "errors.h"
#include "golden.h"
#include "io/file.h"
#include "io/json.h"
#include "io/pickle.h"
#include "io/safetensors.h"
#include "model/scoring.h"

namespace dppo {
namespace {

constexpr double kTolerance = 2e-5;

namespace fs = std::filesystem;

class Files : public testing::TestWithParam<std::string> {};

TEST_P(Files, LogitsEqualTransformers) {
  const std::string folder = "files/" + GetParam();
  const auto expected = golden::tensors(folder + "/expected.safetensors");
  const auto policy = load_policy(golden::path(folder), {});
  const at::Tensor logits = at::cat(row_logits(*policy->lm, golden::rows(expected)));
  golden::within("files " + GetParam(), golden::deviation(logits, expected.at("right")), kTolerance);
}

TEST_P(Files, SavedAgainTheyLoadWithTheSameWeights) {
  const golden::TemporaryFolder folder;
  const auto policy = load_policy(golden::path("files/" + GetParam()), {.trainable = true, .value_head = true});
  save_policy(*policy, folder.path());
  const auto again = load_policy(folder.path(), {.value_head = true});
  const NamedTensors before = policy->parameters();
  const NamedTensors after = again->parameters();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].first, after[i].first);
    EXPECT_TRUE(at::equal(before[i].second, after[i].second)) << before[i].first;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Files, testing::ValuesIn(golden::folders("files")),
                         [](const auto& info) { return info.param; });

TEST(WrittenFiles, ALinkStaysAndTheFileWhereItLeadsIsWritten) {
  const golden::TemporaryFolder folder;
  for (const char* name : {"user", "disk"}) fs::create_directory(folder.file(name));
  golden::write_file(folder.file("disk/old"), "old");
  fs::create_symlink(folder.file("disk/old"), folder.file("user/old"));
  fs::create_symlink("../disk/new", folder.file("user/new"));
  fs::create_symlink("new", folder.file("user/second"));
  write_file_atomically(folder.file("user/old"), "text");
  write_file_atomically(folder.file("user/second"), "text");
  for (const char* name : {"disk/old", "disk/new"}) EXPECT_EQ(read_text_file(folder.file(name)), "text") << name;
  for (const char* name : {"user/old", "user/new", "user/second"}) {
    EXPECT_TRUE(fs::is_symlink(folder.file(name))) << name;
  }
  for (const char* name : {"disk/old", "disk/new"}) EXPECT_FALSE(fs::is_symlink(folder.file(name))) << name;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.file("disk")), {}), 2) << "nothing is left beside them";
}

TEST(WrittenFiles, LinksInACircleAreRefused) {
  const golden::TemporaryFolder folder;
  fs::create_symlink("b", folder.file("a"));
  fs::create_symlink("a", folder.file("b"));
  expect_error(
      ErrorKind::kConfig, [&] { write_file_atomically(folder.file("a"), "text"); }, folder.file("a"));
  EXPECT_TRUE(fs::is_symlink(folder.file("a")));
}

TEST(TrlPolicy, ItsValueHeadGivesItsValues) {
  const auto expected = golden::tensors("files/trl_policy/expected.safetensors");
  const auto policy = load_policy(golden::path("files/trl_policy"), {.value_head = true});
  std::vector<at::Tensor> values;
  for (const auto& row : golden::rows(expected)) {
    values.push_back((*policy->value_head)(policy->lm->hidden(pack_rows({row}, {}, policy->lm->device()))));
  }
  golden::within("values of a TRL policy", golden::deviation(at::cat(values), expected.at("values")), kTolerance);
}

// The golden model of `name` with its weight file changed.
void expect_refused(const std::string& name, const std::string& file, const std::function<void(std::string&)>& change,
                    ErrorKind kind, const std::string& said) {
  const golden::TemporaryFolder folder;
  fs::copy(golden::path("files/" + name), folder.path(), fs::copy_options::recursive);
  std::string bytes = read_text_file(folder.file(file));
  change(bytes);
  golden::write_file(folder.file(file), bytes);
  try {
    load_policy(folder.path(), {});
    ADD_FAILURE() << said << ": the file was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "more than one line";
  }
}

std::string safetensors_bytes(const std::string& header, const std::string& data = "") {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
}

void expect_bad_header(const std::string& bytes, const std::string& said) {
  expect_refused(
      "tied_head_copy", "model.safetensors", [&](std::string& file) { file = bytes; }, ErrorKind::kCheckpointFormat,
      said);
}

TEST(Json, NumbersAreThoseOfTheStandard) {
  for (const char* text : {"0", "-0", "12", "-7", "0.5", "-0.25", "1e3", "1E-2", "2.5e+1", "9007199254740993"}) {
    const Json value = Json::parse(text, "x");
    ASSERT_TRUE(value.is_number()) << text;
    EXPECT_EQ(value.as_double(), std::strtod(text, nullptr)) << text;
  }
  for (const char* text :
       {"01", "-01", "1.", "-.5", ".5", "+1", "1e", "1e+", "--1", "-", "1.e5", "0x1", "1.5.2", "1e999", "1 2"}) {
    EXPECT_THROW(Json::parse(text, "x"), Error) << text;
  }
}

TEST(Json, ASurrogateAloneIsRefused) {
  EXPECT_EQ(Json::parse(R"("\ud83d\ude00")", "x").as_string(), "\xF0\x9F\x98\x80");
  for (const char* text : {R"("\ude00")", R"("\udfff\ud83d")", R"("\ud83d")", R"("\ud83d\ud83d")"}) {
    EXPECT_THROW(Json::parse(text, "x"), Error) << text;
  }
}

TEST(ModelFolders, LinksInACircleAreNamed) {
  for (const char* name : {"config.json", "generation_config.json", "model.safetensors", "value_head.safetensors"}) {
    const golden::TemporaryFolder folder;
    fs::copy(golden::path("files/prefix_module"), folder.path(), fs::copy_options::recursive);
    fs::remove(folder.file(name));
    fs::create_symlink(name, folder.file(name));
    expect_error(
        ErrorKind::kModel, [&] { load_policy(folder.path(), {.value_head = true}); },
        folder.file(name) + " cannot be read");
  }
}

TEST(HostileSafetensors, AreRefused) {
  const std::string data(64, '\0');
  expect_bad_header("", "shorter");
  expect_bad_header("abc", "shorter");
  expect_bad_header(std::string(8, '\xff'), "claims");
  expect_bad_header(std::string("\xe8\x03\0\0\0\0\0\0{}", 10), "beyond the end");
  expect_bad_header(safetensors_bytes("[]"), "not an object");
  expect_bad_header(safetensors_bytes("{"), "bad JSON");
  expect_bad_header(safetensors_bytes(std::string(100'000, '[')), "nested too deeply");
  const auto one = [](const std::string& entry) {
    return safetensors_bytes("{\"x\":" + entry + "}", std::string(64, 0));
  };
  expect_bad_header(one("1"), "not described");
  expect_bad_header(one(R"({"dtype":"F4","shape":[1],"data_offsets":[0,4]})"), "unsupported type");
  expect_bad_header(one(R"({"dtype":"F32","shape":[16],"data_offsets":[0,68]})"), "outside the file");
  expect_bad_header(one(R"({"dtype":"F32","shape":[16],"data_offsets":[64,0]})"), "outside the file");
  expect_bad_header(one(R"({"dtype":"F32","shape":[16],"data_offsets":[-4,60]})"), "outside the file");
  expect_bad_header(one(R"({"dtype":"F32","shape":[17],"data_offsets":[0,64]})"), "its shape needs");
  expect_bad_header(one(R"({"dtype":"F32","shape":[-16],"data_offsets":[0,64]})"), "bad shape");
  expect_bad_header(one(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,64]})"), "too large");
  expect_bad_header(one(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,16],"data_offsets":[0,64]})"), "eight");
  expect_bad_header(one(R"({"dtype":"F32","shape":[8],"data_offsets":[0,32]})"), "after the last");
  const std::string half = R"({"dtype":"F32","shape":[8],"data_offsets":[0,32]})";
  expect_bad_header(safetensors_bytes("{\"a\":" + half + ",\"b\":" + half + "}", data), "overlaps");
  expect_bad_header(safetensors_bytes("{\"a\":" + half + ",\"a\":" + half + "}", data), "duplicate");
}

TEST(ForeignWeights, AreRefusedWithTheNames) {
  const auto replace = [](const std::string& from, const std::string& to) {
    return [=](std::string& bytes) { bytes.replace(bytes.find(from), from.size(), to); };
  };
  expect_refused("prefix_module", "model.safetensors", replace("fc1.weight", "fc9.weight"), ErrorKind::kModel,
                 "missing: model.decoder.layers.0.fc1.weight");
  expect_refused("prefix_module", "config.json", replace("\"ffn_dim\": 8", "\"ffn_dim\": 9"), ErrorKind::kModel,
                 "fc1.weight is [8, 8], expected [9, 8]");
  expect_refused(
      "tied_head_copy", "model.safetensors",
      [](std::string& bytes) {
        std::uint64_t header = 0;
        std::memcpy(&header, bytes.data(), sizeof header);
        bytes[sizeof header + header + 3] ^= 0x40;  // lm_head.weight comes first
      },
      ErrorKind::kModel, "differs from the embedding");
  expect_refused("sharded", "model.safetensors.index.json",
                 replace("model-00001-of-00002.safetensors", "../../../../etc/passwd.safetens"), ErrorKind::kModel,
                 "plain file");
  expect_refused("sharded", "model.safetensors.index.json",
                 replace("model-00001-of-00002.safetensors", "model-00003-of-00002.safetensors"), ErrorKind::kModel,
                 "cannot be opened");
}

TEST(ForeignWeights, AnAdapterIsNamedWithTheRemedy) {
  const golden::TemporaryFolder folder;
  fs::copy(golden::path("files/gpt2_bare/config.json"), folder.file("config.json"));
  write_safetensors(folder.file("model.safetensors"),
                    {{"base_model.model.transformer.h.0.attn.c_attn.lora_A.weight", at::zeros({2, 8})}});
  expect_error(
      ErrorKind::kModel, [&] { load_policy(folder.path(), {}); }, "merge_and_unload()");
}

// A pickle that torch.load would obey.
std::string pickled(const std::string& body) { return "\x80\x02" + body + "."; }

void expect_bad_pickle(const std::string& body, const std::string& said) {
  const golden::TemporaryFolder folder;
  const std::string magic = pickled(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
  golden::write_file(folder.file("x.bin"), magic + pickled("K\x01") + pickled("}") + pickled(body) + pickled("]"));
  expect_error(
      ErrorKind::kCheckpointFormat, [&] { read_pickled_tensors(folder.file("x.bin")); }, said);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(HostilePickles, AreRefused) {
  expect_bad_pickle("cos\nsystem\nX\x04\0\0\0", "refused");
  expect_bad_pickle(std::string("cos\nsystem\n(X\x02\0\0\0lstR", 22), "os.system");
  expect_bad_pickle("cbuiltins\neval\n", "builtins.eval");
  expect_bad_pickle("cnumpy.core.multiarray\nscalar\n", "save the weights alone");
  expect_bad_pickle(std::string("}X\x05\0\0\0epochK\x01s", 14), "epoch is no tensor");
  // A list that holds the one before it twice, 30 deep: a billion lists for who follows each of them.
  expect_bad_pickle("}" + std::string("X\x01\0\0\0a", 6) + "]" + repeated("q\x01h\x01\x86", 30) + "s", "no tensor");
  expect_bad_pickle("ctorch._utils\n_rebuild_tensor\n", "_rebuild_tensor");
  expect_bad_pickle("i__builtin__\nopen\n", "operation");
  expect_bad_pickle("\x81", "operation");
  expect_bad_pickle("t", "no mark");
  expect_bad_pickle("a", "stack is empty");
  expect_bad_pickle("h\x05", "memo");
  expect_bad_pickle(std::string("X\xff\xff\xff\x7f", 5), "cut short");
  expect_bad_pickle("K\x01", "dictionary");
  // Nesting that would overflow the machine's stack when it is freed.
  expect_bad_pickle(")" + repeated("\x85", 200'000), "nested");
  expect_bad_pickle(repeated("]", 100'000) + repeated("a", 99'999), "nested");
  // A list in itself, and one that grows after it was put away.
  expect_bad_pickle(
      "]q\x01h\x01"
      "a",
      "nested");
  expect_bad_pickle(
      "]q\x01]q\x02h\x01"
      "a0h\x01h\x02"
      "a",
      "operation");
}

TEST(HostileZips, AreRefused) {
  const auto refused = [](const std::function<void(std::string&)>& change, const std::string& said) {
    expect_refused("bin_zip", "pytorch_model.bin", change, ErrorKind::kCheckpointFormat, said);
  };
  refused([](std::string& bytes) { bytes.resize(bytes.size() / 2); }, "no end record");
  refused([](std::string& bytes) { bytes = "PK"; }, "no end record");
  refused(
      [](std::string& bytes) {
        const auto end = bytes.rfind("PK\x06\x06");
        std::memset(bytes.data() + end + 48, 0xfe, 4);  // the directory's place
      },
      "outside the file");
  refused(
      [](std::string& bytes) {
        const auto entry = bytes.find("PK\x01\x02");
        bytes[entry + 10] = 8;  // compressed
      },
      "compressed");
  refused(
      [](std::string& bytes) {
        const auto entry = bytes.find("PK\x01\x02");
        std::memset(bytes.data() + entry + 20, 0xfe, 3);  // the stored size
      },
      "outside the file");
  // As torch.save writes it on a big-endian machine.
  refused(
      [](std::string& bytes) {
        bytes.replace(bytes.find("little"), 3, "big");
        bytes[bytes.rfind("pytorch_model/byteorder") - 46 + 20] = 3;  // the stored size
      },
      "the byte order \"big\"; expected little");
}

TEST(TensorsOfPickles, StayWithinTheirStorage) {
  // torch._utils._rebuild_tensor_v2(storage 0 of 4 floats, offset, shape, strides)
  const auto tensor = [](const std::string& offset, const std::string& shape, const std::string& strides) {
    return std::string("}X\x01\0\0\0x", 7) + "ctorch._utils\n_rebuild_tensor_v2\n((" +
           std::string("X\x07\0\0\0storage", 12) + "ctorch\nFloatStorage\n" + std::string("X\x01\0\0\0000", 6) +
           std::string("X\x03\0\0\0cpu", 8) + "K\x04" + "tQ" + offset + shape + strides + "\x89" +
           "ccollections\nOrderedDict\n)RtRs";
  };
  const auto refused = [&](const std::string& body, const std::string& said) {
    const golden::TemporaryFolder folder;
    const std::string magic = pickled(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
    const std::string keys = pickled("]" + std::string("X\x01\0\0\0000", 6) + "a");
    const std::string data = std::string("\x04\0\0\0\0\0\0\0", 8) + std::string(16, '\0');
    golden::write_file(folder.file("x.bin"), magic + pickled("K\x01") + pickled("}") + pickled(body) + keys + data);
    if (said.empty()) {
      EXPECT_EQ(read_pickled_tensors(folder.file("x.bin")).front().second.numel(), 4);
      return;
    }
    expect_error(
        ErrorKind::kCheckpointFormat, [&] { read_pickled_tensors(folder.file("x.bin")); }, said);
  };
  refused(tensor(std::string("K\0", 2), "K\x04\x85", "K\x01\x85"), "");
  refused(tensor("K\x01", "K\x04\x85", "K\x01\x85"), "outside its storage");
  refused(tensor(std::string("K\0", 2), "K\x05\x85", "K\x01\x85"), "outside its storage");
  refused(tensor(std::string("K\0", 2), "J\xff\xff\xff\x7f\x85", std::string("K\0\x85", 3)), "larger than its storage");
  refused(
      tensor(std::string("K\0", 2), "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"),
      "tensor");
  refused(tensor("J\xff\xff\xff\xff", "K\x04\x85", "K\x01\x85"), "malformed");
}

}  // namespace
}  // namespace dppo
