#include "gpu/sample.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "gpu/program.h"

namespace dppo::gpu {

namespace {

// The text that NVRTC compiles.
constexpr const char* kSampleArguments =
#include "gpu/sample_arguments.inc"
    ;
constexpr const char* kSampleKernel =
#include "gpu/sample.inc"
    ;

constexpr unsigned kSampleThreads = 1024;

// As many as every GPU with clusters can have in one.
constexpr unsigned kClusterBlocks = 8;

std::optional<LogitType> logit_type_of(c10::ScalarType type) {
  switch (type) {
    case c10::ScalarType::Float: return LogitType::kFloat32;
    case c10::ScalarType::BFloat16: return LogitType::kBfloat16;
    case c10::ScalarType::Half: return LogitType::kFloat16;
    default: return std::nullopt;
  }
}

}  // namespace

struct SampleKernel::Compiled {
  bool has_clusters;  // such a device can also start a kernel before the one in front has ended
  unsigned blocks;    // of a row
  Program program;

  Compiled(c10::Device device, LogitType type)
      : has_clusters(compute_capability(device) >= 90),
        blocks(has_clusters ? kClusterBlocks : 1),
        program(device, std::string(kSampleArguments) + kSampleKernel,
                {"dppo::gpu::sample<dppo::gpu::LogitType(" + std::to_string(static_cast<int>(type)) + "), " +
                 std::to_string(blocks) + ", " + std::to_string(kSampleThreads) + ">"}) {}
};

SampleKernel::SampleKernel(c10::Device device, LogitType logits)
    : compiled_(std::make_unique<Compiled>(device, logits)) {}

SampleKernel::~SampleKernel() = default;

std::shared_ptr<const SampleKernel> SampleKernel::get(c10::Device device, c10::ScalarType logits) {
  const std::optional<LogitType> type = logit_type_of(logits);
  if (!device.is_cuda() || !has_programs() || compute_capability(device) < 80 || !type.has_value()) return nullptr;
  static std::mutex mutex;
  // Lives to the end of the process, because models may.
  static auto& made = *new std::map<std::pair<int, LogitType>, std::shared_ptr<const SampleKernel>>;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const SampleKernel>& kernel = made[{device.index(), *type}];
  if (kernel == nullptr) kernel.reset(new SampleKernel(device, *type));
  return kernel;
}

void SampleKernel::operator()(const SampleArguments& arguments) const {
  compiled_->program.start(0,
                           {.blocks = compiled_->blocks,
                            .blocks_y = static_cast<unsigned>(arguments.rows),
                            .threads = kSampleThreads,
                            .early = compiled_->has_clusters},
                           arguments);
}

}  // namespace dppo::gpu
