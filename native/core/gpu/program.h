// Kernels for NVIDIA GPUs of our own, compiled when they are first needed. NVRTC, which comes with libtorch, compiles
// them for the GPU at hand and for constants that are known only then, such as the sizes of a model. So the package
// needs no CUDA compiler when it is built.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

namespace dppo::gpu {

// Returns whether this build can compile kernels: it needs libtorch for CUDA 13 with NVRTC.
bool has_programs();

// Returns the compute capability of a GPU as 10 * major + minor: 90 for an H100.
int compute_capability(c10::Device device);

// Returns how many multiprocessors a GPU has.
int multiprocessors(c10::Device device);

struct Grid {
  unsigned blocks = 1;
  unsigned blocks_y = 1;
  unsigned threads = 1;       // of a block
  unsigned shared_bytes = 0;  // of a block, besides what the kernel declares itself
  // Starts before the kernel in front of it has ended. The kernel must then call griddepcontrol.wait before it touches
  // what others write.
  bool early = false;
};

class Program {
 public:
  // Compiles `source` for `device`. `kernels` are C++ expressions that name its kernels, such as "product<2048>".
  // Throws Error(kInternal) with the compiler's messages when it does not compile.
  Program(c10::Device device, const std::string& source, const std::vector<std::string>& kernels);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Starts a kernel, by its place in `kernels`, on the current stream of the device. The arguments have the types of
  // the kernel's parameters.
  template <typename... Arguments>
  void start(std::size_t kernel, const Grid& grid, const Arguments&... arguments) const {
    const void* addresses[] = {&arguments...};
    start_with(kernel, grid, const_cast<void**>(addresses));  // CUDA only reads the arguments
  }

 private:
  struct Library;
  void start_with(std::size_t kernel, const Grid& grid, void** arguments) const;

  std::unique_ptr<Library> library_;
};

}  // namespace dppo::gpu
