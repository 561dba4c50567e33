#include "gpu/program.h"

#include "base/error.h"

#ifdef DPPO_WITH_NVRTC
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <nvrtc.h>

#include <algorithm>
#include <array>
#include <filesystem>
#endif

namespace dppo::gpu {

#ifdef DPPO_WITH_NVRTC

namespace {

int attribute(c10::Device device, cudaDeviceAttr name) {
  int value = 0;
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&value, name, device.index()));
  return value;
}

// Returns 10 * major + minor: 90 for an H100.
int compute_capability(c10::Device device) {
  return 10 * attribute(device, cudaDevAttrComputeCapabilityMajor) +
         attribute(device, cudaDevAttrComputeCapabilityMinor);
}

void check(nvrtcResult result, const std::string& detail = "") {
  if (result == NVRTC_SUCCESS) return;
  throw Error(ErrorKind::kInternal,
              "the kernels for the GPU could not be compiled: " + (std::string(nvrtcGetErrorString(result)) + detail));
}

// Loads the part of NVRTC that NVRTC itself looks for in the system's folders only; in a wheel it lies beside it.
void load_builtins() {
  Dl_info library;
  if (dladdr(reinterpret_cast<void*>(&nvrtcCompileProgram), &library) == 0) return;
  std::error_code failed;
  std::filesystem::directory_iterator entry(std::filesystem::path(library.dli_fname).parent_path(), failed);
  // Where it stays missing, NVRTC says so when it compiles.
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const bool is_builtins = entry->path().filename().string().starts_with("libnvrtc-builtins.so");
    if (is_builtins && dlopen(entry->path().c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  }
}

// The program of NVRTC, which ends with this.
class Source {
 public:
  explicit Source(const std::string& text) {
    check(nvrtcCreateProgram(&program_, text.c_str(), "dialogue-ppo.cu", 0, nullptr, nullptr));
  }
  ~Source() { nvrtcDestroyProgram(&program_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Returns code for GPUs of this compute capability. For one that is newer than NVRTC, this is no machine code, but
  // what the driver makes into it.
  std::string compile(int capability, const std::vector<std::string>& kernels) {
    for (const std::string& kernel : kernels) check(nvrtcAddNameExpression(program_, kernel.c_str()));
    const int known = newest_known(capability);
    const bool is_known = known == capability;
    const std::string architecture =
        std::string("--gpu-architecture=") + (is_known ? "sm_" : "compute_") + std::to_string(known);
    const std::array options{architecture.c_str(), "--std=c++17", "--device-as-default-execution-space"};
    const nvrtcResult result = nvrtcCompileProgram(program_, static_cast<int>(options.size()), options.data());
    if (result != NVRTC_SUCCESS) check(result, "\n" + log());
    std::size_t size = 0;
    check(is_known ? nvrtcGetCUBINSize(program_, &size) : nvrtcGetPTXSize(program_, &size));
    std::string code(size, '\0');
    check(is_known ? nvrtcGetCUBIN(program_, code.data()) : nvrtcGetPTX(program_, code.data()));
    return code;
  }

  // Returns the name of a kernel in the machine code.
  const char* name_in_code(const std::string& kernel) const {
    const char* name = nullptr;
    check(nvrtcGetLoweredName(program_, kernel.c_str(), &name));
    return name;
  }

 private:
  // Returns the newest compute capability up to this one that NVRTC knows.
  static int newest_known(int capability) {
    int count = 0;
    check(nvrtcGetNumSupportedArchs(&count));
    std::vector<int> known(static_cast<std::size_t>(count));
    check(nvrtcGetSupportedArchs(known.data()));
    std::erase_if(known, [capability](int other) { return other > capability; });
    return known.empty() ? capability : *std::ranges::max_element(known);
  }

  std::string log() const {
    std::size_t size = 0;
    if (nvrtcGetProgramLogSize(program_, &size) != NVRTC_SUCCESS) return "";
    std::string text(size, '\0');
    return nvrtcGetProgramLog(program_, text.data()) == NVRTC_SUCCESS ? text : "";
  }

  nvrtcProgram program_ = nullptr;
};

}  // namespace

struct Program::Library {
  c10::DeviceIndex device;
  cudaLibrary_t code = nullptr;
  std::vector<cudaKernel_t> kernels;

  explicit Library(c10::DeviceIndex index) : device(index) {}
  ~Library() {
    if (code != nullptr) C10_CUDA_IGNORE_ERROR(cudaLibraryUnload(code));
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

bool has_programs() { return true; }

bool runs_programs(c10::Device device) { return device.is_cuda() && compute_capability(device) >= 80; }

bool starts_early(c10::Device device) { return compute_capability(device) >= 90; }

int multiprocessors(c10::Device device) { return attribute(device, cudaDevAttrMultiProcessorCount); }

int most_shared_bytes(c10::Device device) { return attribute(device, cudaDevAttrMaxSharedMemoryPerBlockOptin); }

Program::Program(c10::Device device, const std::string& source, const std::vector<std::string>& kernels)
    : library_(std::make_unique<Library>(device.index())) {
  const c10::cuda::CUDAGuard guard(device);
  static const bool loaded = (load_builtins(), true);
  static_cast<void>(loaded);
  Source text(source);
  const std::string code = text.compile(compute_capability(device), kernels);
  C10_CUDA_CHECK(cudaLibraryLoadData(&library_->code, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  for (const std::string& kernel : kernels) {
    C10_CUDA_CHECK(cudaLibraryGetKernel(&library_->kernels.emplace_back(), library_->code, text.name_in_code(kernel)));
  }
}

void Program::allow_shared_bytes(std::size_t kernel, int bytes) {
  C10_CUDA_CHECK(cudaKernelSetAttributeForDevice(library_->kernels.at(kernel),
                                                 cudaFuncAttributeMaxDynamicSharedMemorySize, bytes, library_->device));
}

void Program::start_with(std::size_t kernel, const Grid& grid, void** arguments) const {
  const c10::cuda::CUDAGuard guard(library_->device);
  cudaLaunchAttribute early{};
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(grid.blocks, grid.blocks_y);
  config.blockDim = dim3(grid.threads);
  config.dynamicSmemBytes = grid.shared_bytes;
  config.stream = c10::cuda::getCurrentCUDAStream(library_->device);
  config.attrs = &early;
  config.numAttrs = grid.early ? 1 : 0;
  C10_CUDA_CHECK(cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(library_->kernels.at(kernel)), arguments));
}

#else

struct Program::Library {};

bool has_programs() { return false; }

bool runs_programs(c10::Device /*device*/) { return false; }

bool starts_early(c10::Device /*device*/) { return false; }

int multiprocessors(c10::Device /*device*/) { return 0; }

int most_shared_bytes(c10::Device /*device*/) { return 0; }

Program::Program(c10::Device /*device*/, const std::string& /*source*/, const std::vector<std::string>& /*kernels*/) {
  throw Error(ErrorKind::kInternal, "this build cannot compile kernels for a GPU");
}

void Program::allow_shared_bytes(std::size_t /*kernel*/, int /*bytes*/) {}

void Program::start_with(std::size_t /*kernel*/, const Grid& /*grid*/, void** /*arguments*/) const {}

#endif

Program::~Program() = default;

std::string joined(std::span<const char* const> texts) {
  std::string result;
  for (const char* text : texts) result += text;
  return result;
}

}  // namespace dppo::gpu
