#include "base/recording.h"

#include <utility>

#include "base/device_memory.h"

#ifdef DPPO_WITH_CUDA_RUNTIME
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <map>
#include <mutex>
#endif

namespace dppo {

#ifdef DPPO_WITH_CUDA_RUNTIME

namespace {

// Returns the stream on which a device records: the default one cannot, and a record runs on any stream. All records
// share it, because cuBLAS keeps memory for each stream that it has seen.
c10::cuda::CUDAStream recording_stream(c10::Device device) {
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
  const std::lock_guard lock(mutex);
  const auto found = streams.find(device.index());
  if (found != streams.end()) return found->second;
  return streams.emplace(device.index(), c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index()))
      .first->second;
}

}  // namespace

struct Recording::Graph {
  at::cuda::CUDAGraph graph;

  Graph(c10::Device device, const std::function<void()>& work, RecordingMemory memory) {
    const c10::cuda::CUDAStream side = recording_stream(device);
    c10::cuda::getCurrentCUDAStream(device.index()).synchronize();
    // The record takes memory of its own; what earlier work has freed would lie idle beside it.
    release_device_memory();
    const c10::cuda::CUDAStreamGuard guard(side);
    // Other threads may allocate memory meanwhile.
    graph.capture_begin(memory, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph.capture_end();
      } catch (const std::exception&) {
        // An error within a capture ends it with an error of its own; the first one says what is wrong.
      }
      throw;
    }
    graph.capture_end();
  }
};

bool has_recordings() { return true; }

RecordingMemory shared_recording_memory() { return at::cuda::graph_pool_handle(); }

#else

struct Recording::Graph {};

bool has_recordings() { return false; }

RecordingMemory shared_recording_memory() { return {}; }

#endif

Recording::Recording(c10::Device device, std::function<void()> work, RecordingMemory memory)
    : device_(device), work_(std::move(work)), memory_(memory) {}

Recording::~Recording() = default;

void Recording::record() {
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (device_.is_cuda() && graph_ == nullptr) graph_ = std::make_unique<Graph>(device_, work_, memory_);
#endif
}

void Recording::operator()() {
  if (is_warm_) record();
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (graph_ != nullptr) return graph_->graph.replay();
#endif
  work_();
  is_warm_ = true;
}

}  // namespace dppo
