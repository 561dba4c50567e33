#include "base/graphed_callable.h"

#include <utility>

#include "base/device_memory.h"

#ifdef DPPO_WITH_CUDA_RUNTIME
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <mutex>
#include <optional>
#include <set>
#endif

namespace dppo {

#ifdef DPPO_WITH_CUDA_RUNTIME

namespace {

// Streams of libtorch's pool on which graphs are captured. The pool hands its streams out again and again.
class StreamsInUse {
 public:
  static StreamsInUse& instance() {
    // Lives to the end of the process, because graphs may.
    static auto& streams = *new StreamsInUse;
    return streams;
  }

  // Returns a stream that no pool of graphs has; nothing when all are taken.
  std::optional<c10::cuda::CUDAStream> take(c10::DeviceIndex device) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < kStreamsInPool; ++i) {
      const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device);
      if (taken_.emplace(device, stream.id()).second) return stream;
    }
    return std::nullopt;
  }

  void give_back(const c10::cuda::CUDAStream& stream) {
    const std::lock_guard lock(mutex_);
    taken_.erase({stream.device_index(), stream.id()});
  }

 private:
  static constexpr int kStreamsInPool = 32;
  std::mutex mutex_;
  std::set<std::pair<c10::DeviceIndex, c10::StreamId>> taken_;
};

}  // namespace

class GraphPool {
 public:
  explicit GraphPool(c10::Device device) : memory_(at::cuda::graph_pool_handle()) {
    if (device.is_cuda()) stream_ = StreamsInUse::instance().take(device.index());
  }
  ~GraphPool() {
    if (stream_) StreamsInUse::instance().give_back(*stream_);
  }
  GraphPool(const GraphPool&) = delete;
  GraphPool& operator=(const GraphPool&) = delete;

  // The default stream of a device cannot capture; a graph is replayed on any stream. Nothing is captured without one.
  const std::optional<c10::cuda::CUDAStream>& stream() const { return stream_; }
  at::cuda::MempoolId_t memory() const { return memory_; }

 private:
  std::optional<c10::cuda::CUDAStream> stream_;
  at::cuda::MempoolId_t memory_;
};

struct GraphedCallable::Graph {
  at::cuda::CUDAGraph graph;

  Graph(const GraphPool& pool, const std::function<void()>& work) {
    const c10::cuda::CUDAStream& side = *pool.stream();
    c10::cuda::getCurrentCUDAStream(side.device_index()).synchronize();
    // The graph takes memory of its own; what earlier work has freed would lie idle beside it.
    release_device_memory();
    const c10::cuda::CUDAStreamGuard guard(side);
    // Other threads may allocate memory meanwhile.
    graph.capture_begin(pool.memory(), cudaStreamCaptureModeThreadLocal);
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

bool has_cuda_graphs() { return true; }

#else

class GraphPool {
 public:
  explicit GraphPool(c10::Device /*device*/) {}
};

struct GraphedCallable::Graph {};

bool has_cuda_graphs() { return false; }

#endif

std::shared_ptr<GraphPool> make_graph_pool(c10::Device device) { return std::make_shared<GraphPool>(device); }

GraphedCallable::GraphedCallable(c10::Device device, std::function<void()> work, std::shared_ptr<GraphPool> pool)
    : work_(std::move(work)), pool_(pool != nullptr ? std::move(pool) : make_graph_pool(device)) {}

GraphedCallable::~GraphedCallable() = default;

void GraphedCallable::capture() {
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (graph_ != nullptr || !pool_->stream()) return;
  try {
    graph_ = std::make_unique<Graph>(*pool_, work_);
  } catch (...) {
    // Another attempt needs another pool, because the failed one has ended this one. A shared pool is its owner's.
    if (pool_.use_count() == 1) pool_ = make_graph_pool(pool_->stream()->device());
    throw;
  }
#endif
}

void GraphedCallable::operator()() {
  if (is_warm_) capture();
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (graph_ != nullptr) return graph_->graph.replay();
#endif
  work_();
  is_warm_ = true;
}

}  // namespace dppo
