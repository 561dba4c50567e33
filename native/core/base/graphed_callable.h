// Work on a device that is captured once as a CUDA graph and then replayed. A GPU takes some microseconds to start each
// of the hundreds of operations of a decoding step; replaying a graph starts them all at once.
#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

namespace dppo {

// A stream and a memory pool for the graphs of one owner. libtorch has 32 streams for this on each GPU: while all of
// them belong to pools, a further pool has none, and its work runs without being captured, which is slower. What one of
// them has left in the memory, the next one may overwrite, except for tensors that still existed when the next one was
// captured. The graphs of a pool must end together, also after a failed capture: with the first that ends, libtorch
// frees the memory in which cuBLAS works on their stream.
class GraphPool;
std::shared_ptr<GraphPool> make_graph_pool(c10::Device device);

class GraphedCallable {
 public:
  // `work` must enqueue the same operations on the same tensors each time and read no result of them. Without a pool,
  // the callable has one of its own.
  GraphedCallable(c10::Device device, std::function<void()> work, std::shared_ptr<GraphPool> pool = nullptr);
  ~GraphedCallable();
  GraphedCallable(const GraphedCallable&) = delete;
  GraphedCallable& operator=(const GraphedCallable&) = delete;

  // Does the work once: the first call runs it as it is, the second one captures and replays it, and the others replay
  // it. On a CPU, without a stream (GraphPool), and in a build without the headers of CUDA, every call runs it as it
  // is. Throws what the work throws.
  void operator()();

  // Captures the work without doing it; does nothing where there is no stream for it (GraphPool). Libraries must have
  // loaded its kernels already: the same operations have run before.
  void capture();

 private:
  struct Graph;
  std::function<void()> work_;
  std::shared_ptr<GraphPool> pool_;
  bool is_warm_ = false;  // libraries have loaded their kernels
  std::unique_ptr<Graph> graph_;
};

// Graphed work by a key, such as the shape of its tensors. All of it shares a pool and therefore ends together.
template <typename Key, typename Graphed>
class GraphCache {
 public:
  // Graphs take memory: when there are `most` and another one is needed, all end.
  GraphCache(c10::Device device, std::size_t most) : device_(device), most_(most), pool_(make_graph_pool(device)) {}

  // Returns what is kept for a key, or else what `make(pool)` returns, a std::unique_ptr, which is kept from then on.
  template <typename Make>
  Graphed& get(const Key& key, Make make) {
    const auto found = graphed_.find(key);
    if (found != graphed_.end()) return *found->second;
    if (graphed_.size() >= most_) clear();
    return *graphed_.emplace(key, make(pool_)).first->second;
  }

  // Ends all graphs. Needed after a capture has failed.
  void clear() {
    graphed_.clear();
    pool_ = make_graph_pool(device_);
  }

 private:
  c10::Device device_;
  std::size_t most_;
  std::shared_ptr<GraphPool> pool_;
  std::map<Key, std::unique_ptr<Graphed>> graphed_;
};

// Returns whether this build can capture CUDA graphs.
bool has_cuda_graphs();

}  // namespace dppo
