#include "gpu/sample.h"

#include <optional>
#include <string>
#include <utility>

#include "gpu/program.h"

namespace dppo::gpu {

namespace {

// The text that NVRTC compiles.
constexpr const char* kSampleTexts[] = {
#include "gpu/sample_arguments.inc"
    ,
#include "gpu/device.inc"
    ,
#include "gpu/sample_parts.inc"
    ,
#include "gpu/sample.inc"
};

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
  bool early;       // the device can start a kernel before the one in front has ended, and has clusters
  unsigned blocks;  // of a row
  Program program;

  Compiled(c10::Device device, LogitType type)
      : early(starts_early(device)),
        blocks(early ? kClusterBlocks : 1),
        program(device, joined(kSampleTexts),
                {"dppo::gpu::sample<dppo::gpu::LogitType(" + std::to_string(static_cast<int>(type)) + "), " +
                 std::to_string(blocks) + ", " + std::to_string(kSampleThreads) + ">"}) {}
};

SampleKernel::SampleKernel(c10::Device device, LogitType logits)
    : compiled_(std::make_unique<Compiled>(device, logits)) {}

SampleKernel::~SampleKernel() = default;

std::shared_ptr<const SampleKernel> SampleKernel::get(c10::Device device, c10::ScalarType logits) {
  const std::optional<LogitType> type = logit_type_of(logits);
  if (!runs_programs(device) || !type.has_value()) return nullptr;
  static auto& made = *new MadeOnce<std::pair<int, LogitType>, SampleKernel>;
  return made.get({device.index(), *type},
                  [&] { return std::shared_ptr<const SampleKernel>(new SampleKernel(device, *type)); });
}

void SampleKernel::operator()(const SampleArguments& arguments) const {
  compiled_->program.start(0,
                           {.blocks = compiled_->blocks,
                            .blocks_y = static_cast<unsigned>(arguments.rows),
                            .threads = kSampleThreads,
                            .early = compiled_->early},
                           arguments);
}

}  // namespace dppo::gpu
