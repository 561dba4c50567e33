// Kernels for NVIDIA GPUs of our own, compiled when they are first needed. NVRTC, which comes with libtorch, compiles
// them for the GPU at hand and for constants that are known only then, such as the sizes of a model. So the package
// needs no CUDA compiler when it is built.
#pragma once

#include <c10/core/Device.h>

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace dppo::gpu {

// Returns whether this build can compile kernels: it needs libtorch for CUDA 13 with NVRTC.
bool has_programs();

// Returns whether our kernels run on a device: on GPUs from compute capability 8.0 on, in a build that can compile
// them.
bool runs_programs(c10::Device device);

// Returns whether a GPU can start a kernel before the one in front of it has ended, and has clusters of blocks: from
// compute capability 9.0 on.
bool starts_early(c10::Device device);

// Returns how many multiprocessors a GPU has.
int multiprocessors(c10::Device device);

// Returns the most bytes of shared memory that a block can have on a GPU.
int most_shared_bytes(c10::Device device);

struct Grid {
  unsigned blocks = 1;
  unsigned blocks_y = 1;
  unsigned threads = 1;       // of a block
  unsigned shared_bytes = 0;  // of a block, besides what the kernel declares itself
  // Starts before the kernel in front of it has ended. The kernel must then call griddepcontrol.wait before it touches
  // what that one writes, or one that has started early itself.
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

  // Lets the blocks of a kernel have more shared memory than usual.
  void allow_shared_bytes(std::size_t kernel, int bytes);

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

// Returns texts behind each other.
std::string joined(std::span<const char* const> texts);

// Values that are made when they are first wanted and live to the end of the process.
template <typename Key, typename Value>
class MadeOnce {
 public:
  template <typename Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const Value>& value = made_[key];
    if (value == nullptr) value = make();
    return value;
  }

 private:
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Value>> made_;
};

}  // namespace dppo::gpu
