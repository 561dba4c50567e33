// Work on a device that is recorded once and then repeated as a whole. A GPU takes some microseconds to start each of
// the hundreds of operations of a decoding step; repeating a recorded step (a CUDA graph) starts them all at once.
#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

namespace dppo {

// A stream and memory of a device for records. What one of them has left in the memory, the next one may overwrite,
// except for tensors that still existed when the next one was recorded. Records in one place must end together, also
// after a failed one: with the first that ends, libtorch frees the memory in which cuBLAS works on their stream.
class RecordingPlace;
std::shared_ptr<RecordingPlace> make_recording_place(c10::Device device);

class Recording {
 public:
  // `work` must enqueue the same operations on the same tensors each time and read no result of them. Records that are
  // not given a place have one of their own.
  Recording(c10::Device device, std::function<void()> work, std::shared_ptr<RecordingPlace> place = nullptr);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // Does the work once: the first time as it is, the second time while it is recorded, and then by the record. On a
  // CPU, and in a build without the headers of CUDA, it is done as it is each time. Throws what the work throws.
  void operator()();

  // Records the work without doing it, if it can be recorded. Libraries must have loaded its kernels already: the same
  // operations have run before.
  void record();

 private:
  struct Graph;
  std::function<void()> work_;
  std::shared_ptr<RecordingPlace> place_;
  bool is_warm_ = false;  // libraries have loaded their kernels
  std::unique_ptr<Graph> graph_;
};

// Records by a key, such as the shape of their tensors. They share a place and therefore end together.
template <typename Key, typename Record>
class RecordTable {
 public:
  // Records take memory: when there are `most` and another one is needed, all end.
  RecordTable(c10::Device device, std::size_t most)
      : device_(device), most_(most), place_(make_recording_place(device)) {}

  // Returns the record of a key, or else what `make(place)` returns, a std::unique_ptr, which is kept from then on.
  template <typename Make>
  Record& get(const Key& key, Make make) {
    const auto found = records_.find(key);
    if (found != records_.end()) return *found->second;
    if (records_.size() >= most_) clear();
    return *records_.emplace(key, make(place_)).first->second;
  }

  // Ends all records. Needed after one has failed.
  void clear() {
    records_.clear();
    place_ = make_recording_place(device_);
  }

 private:
  c10::Device device_;
  std::size_t most_;
  std::shared_ptr<RecordingPlace> place_;
  std::map<Key, std::unique_ptr<Record>> records_;
};

// Returns whether this build can record work on a GPU.
bool has_recordings();

}  // namespace dppo
