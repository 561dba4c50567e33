#include "gpu/program.h"

#include "base/error.h"

#ifdef DPPO_WITH_NVRTC
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <nvrtc.h>

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

void check(nvrtcResult result, const std::string& detail = "") {
  if (result == NVRTC_SUCCESS) return;
  throw Error(ErrorKind::kInternal,
              "the kernels for the GPU could not be compiled: " + (std::string(nvrtcGetErrorString(result)) + detail));
}

// Loads the part of NVRTC that NVRTC itself looks for in the system's folders only; in a wheel it lies beside it.
void load_builtins() {
  Dl_info library;
  if (dladdr(reinterpret_cast<void*>(&nvrtcCompileProgram), &library) == 0) return;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(library.dli_fname).parent_path(), none)) {
    const bool is_builtins = entry.path().filename().string().starts_with("libnvrtc-builtins.so");
    // Where it stays missing, NVRTC says so when it compiles.
    if (is_builtins && dlopen(entry.path().c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
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

  // Returns machine code for GPUs of this compute capability.
  std::string compile(int capability, const std::vector<std::string>& kernels) {
    for (const std::string& kernel : kernels) check(nvrtcAddNameExpression(program_, kernel.c_str()));
    const std::string architecture = "--gpu-architecture=sm_" + std::to_string(capability);
    const std::array options{architecture.c_str(), "--std=c++17", "--device-as-default-execution-space"};
    const nvrtcResult result = nvrtcCompileProgram(program_, static_cast<int>(options.size()), options.data());
    if (result != NVRTC_SUCCESS) check(result, "\n" + log());
    std::size_t size = 0;
    check(nvrtcGetCUBINSize(program_, &size));
    std::string code(size, '\0');
    check(nvrtcGetCUBIN(program_, code.data()));
    return code;
  }

  // Returns the name of a kernel in the machine code.
  const char* name_in_code(const std::string& kernel) const {
    const char* name = nullptr;
    check(nvrtcGetLoweredName(program_, kernel.c_str(), &name));
    return name;
  }

 private:
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

int compute_capability(c10::Device device) {
  return 10 * attribute(device, cudaDevAttrComputeCapabilityMajor) +
         attribute(device, cudaDevAttrComputeCapabilityMinor);
}

int multiprocessors(c10::Device device) { return attribute(device, cudaDevAttrMultiProcessorCount); }

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

void Program::start_with(std::size_t kernel, const Grid& grid, void** arguments) const {
  const c10::cuda::CUDAGuard guard(library_->device);
  const cudaKernel_t function = library_->kernels.at(kernel);
  // Without this, a block gets no more than 48 KiB.
  if (grid.shared_bytes > 0) {
    C10_CUDA_CHECK(cudaKernelSetAttributeForDevice(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(grid.shared_bytes), library_->device));
  }
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
  C10_CUDA_CHECK(cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(function), arguments));
}

#else

struct Program::Library {};

bool has_programs() { return false; }

int compute_capability(c10::Device /*device*/) { return 0; }

int multiprocessors(c10::Device /*device*/) { return 0; }

Program::Program(c10::Device /*device*/, const std::string& /*source*/, const std::vector<std::string>& /*kernels*/) {
  throw Error(ErrorKind::kInternal, "this build cannot compile kernels for a GPU");
}

void Program::start_with(std::size_t /*kernel*/, const Grid& /*grid*/, void** /*arguments*/) const {}

#endif

Program::~Program() = default;

}  // namespace dppo::gpu
