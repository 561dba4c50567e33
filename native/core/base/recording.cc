#include "base/recording.h"

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

// Streams of libtorch's pool that have records. The pool hands its streams out again and again.
class StreamsInUse {
 public:
  static StreamsInUse& instance() {
    // Lives to the end of the process, because records may.
    static auto& streams = *new StreamsInUse;
    return streams;
  }

  // Returns a stream without records; nothing when all have some.
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

class RecordingPlace {
 public:
  explicit RecordingPlace(c10::Device device) : memory_(at::cuda::graph_pool_handle()) {
    if (device.is_cuda()) stream_ = StreamsInUse::instance().take(device.index());
  }
  ~RecordingPlace() {
    if (stream_) StreamsInUse::instance().give_back(*stream_);
  }
  RecordingPlace(const RecordingPlace&) = delete;
  RecordingPlace& operator=(const RecordingPlace&) = delete;

  // The default stream of a device cannot record, and a record runs on any stream. Nothing is recorded without one.
  const std::optional<c10::cuda::CUDAStream>& stream() const { return stream_; }
  at::cuda::MempoolId_t memory() const { return memory_; }

 private:
  std::optional<c10::cuda::CUDAStream> stream_;
  at::cuda::MempoolId_t memory_;
};

struct Recording::Graph {
  at::cuda::CUDAGraph graph;

  Graph(const RecordingPlace& place, const std::function<void()>& work) {
    const c10::cuda::CUDAStream& side = *place.stream();
    c10::cuda::getCurrentCUDAStream(side.device_index()).synchronize();
    // The record takes memory of its own; what earlier work has freed would lie idle beside it.
    release_device_memory();
    const c10::cuda::CUDAStreamGuard guard(side);
    // Other threads may allocate memory meanwhile.
    graph.capture_begin(place.memory(), cudaStreamCaptureModeThreadLocal);
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

class RecordingPlace {
 public:
  explicit RecordingPlace(c10::Device /*device*/) {}
};

struct Recording::Graph {};

bool has_recordings() { return false; }

#endif

std::shared_ptr<RecordingPlace> make_recording_place(c10::Device device) {
  return std::make_shared<RecordingPlace>(device);
}

Recording::Recording(c10::Device device, std::function<void()> work, std::shared_ptr<RecordingPlace> place)
    : work_(std::move(work)), place_(place != nullptr ? std::move(place) : make_recording_place(device)) {}

Recording::~Recording() = default;

void Recording::record() {
#ifdef DPPO_WITH_CUDA_RUNTIME
  if (graph_ != nullptr || !place_->stream()) return;
  try {
    graph_ = std::make_unique<Graph>(*place_, work_);
  } catch (...) {
    // Another attempt needs another place, because the failed one has ended this one. A shared place is the owner's.
    if (place_.use_count() == 1) place_ = make_recording_place(place_->stream()->device());
    throw;
  }
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
