#include "base/recording.h"

#include <utility>

#ifdef DPPO_WITH_CUDA_RUNTIME
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace dppo {

#ifdef DPPO_WITH_CUDA_RUNTIME

struct Recording::Graph {
  at::cuda::CUDAGraph graph;

  // Records on a stream of its own, because the default stream cannot record; the record runs on any stream.
  Graph(c10::Device device, const std::function<void()>& work) {
    const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
    c10::cuda::getCurrentCUDAStream(device.index()).synchronize();
    const c10::cuda::CUDAStreamGuard guard(side);
    // Other threads may allocate memory meanwhile.
    graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
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

#else

struct Recording::Graph {};

bool has_recordings() { return false; }

#endif

Recording::Recording(c10::Device device, std::function<void()> work) : device_(device), work_(std::move(work)) {}

Recording::~Recording() = default;

void Recording::operator()() {
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (device_.is_cuda() && is_warm_) {
    if (graph_ == nullptr) graph_ = std::make_unique<Graph>(device_, work_);
    graph_->graph.replay();
    return;
  }
#endif
  work_();
  is_warm_ = true;
}

}  // namespace dppo
