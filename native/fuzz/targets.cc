#include "targets.h"

#include <ATen/core/Tensor.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "base/error.h"
#include "checkpoint/config_json.h"
#include "io/file.h"
#include "io/json.h"
#include "io/pickle.h"
#include "io/safetensors.h"
#include "io/zip.h"

namespace dppo::fuzz {

namespace {

// Ends the process when a reader breaks what its header promises.
void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

// A file in memory, because the readers take paths.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, content.data(), content.size()) != static_cast<ssize_t>(content.size()))
      throw std::runtime_error("no file in memory");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// Reads every byte, so that a sanitizer sees a tensor that reaches beyond its memory.
std::uint64_t sum_of_bytes(const at::Tensor& tensor) {
  promise(tensor.is_contiguous(), "tensors are contiguous");
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < tensor.nbytes(); ++i) sum += bytes[i];
  return sum;
}

void read_safetensors_input(std::string_view input) {
  const MemoryFile file(input);
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : read_safetensors(file.path())) {
    sum_of_bytes(tensor);
    bytes += tensor.nbytes();
  }
  promise(bytes <= input.size(), "tensors hold no more than the file");
}

void read_pickle_input(std::string_view input) {
  const MemoryFile file(input);
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : read_pickled_tensors(file.path())) {
    sum_of_bytes(tensor);
    bytes += tensor.nbytes();
  }
  promise(bytes <= kMaxSharing * input.size(), "tensors hold at most kMaxSharing times the file");
}

void read_zip_input(std::string_view input) {
  std::uint64_t bytes = 0;
  for (const auto& [name, content] : zip_entries(input, "input")) {
    const bool inside =
        content.data() >= input.data() && content.data() + content.size() <= input.data() + input.size();
    promise(content.empty() || inside, "entries lie in the archive");
    bytes += content.size();
  }
  promise(bytes <= input.size(), "entries hold no more than the archive");
  read_pickle_input(input);
}

void read_json_input(std::string_view input) {
  const std::string text = json_text(Json::parse(input, "input"));
  promise(json_text(Json::parse(text, "text")) == text, "what is written reads the same");
}

void read_config_input(std::string_view input) {
  const std::string text(input);
  const ModelConfig config = parse_model_config(text, "input");
  const ModelConfig again = parse_model_config(describe_model(text, config, "float32"), "written");
  promise(again.layers == config.layers && again.heads == config.heads && again.vocab_size == config.vocab_size &&
              again.hidden_size == config.hidden_size && again.tied == config.tied,
          "a written configuration describes the same model");
  parse_eos_token_ids(text, "input");
}

struct Target {
  const char* name;
  void (*read)(std::string_view);
};

constexpr std::array<Target, 5> kTargets{{{"safetensors", read_safetensors_input},
                                          {"pickle", read_pickle_input},
                                          {"zip", read_zip_input},
                                          {"json", read_json_input},
                                          {"config", read_config_input}}};

}  // namespace

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const Target& target : kTargets) names.emplace_back(target.name);
  return names;
}

void run_target(const std::string& target, std::string_view input) {
  const auto found = std::ranges::find(kTargets, target, &Target::name);
  if (found == kTargets.end()) throw std::runtime_error("there is no target " + target);
  try {
    found->read(input);
  } catch (const Error&) {  // the file was refused
  }
}

}  // namespace dppo::fuzz
