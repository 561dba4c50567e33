// Work on a device that is recorded once and then repeated as a whole. A GPU takes some microseconds to start each of
// the hundreds of operations of a decoding step; repeating a recorded step (a CUDA graph) starts them all at once.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <utility>

namespace dppo {

// Names memory of a device that records share: what one of them has left there, the next one may overwrite, except for
// tensors that still existed when the next one was recorded. The default gives each record memory of its own.
using RecordingMemory = std::pair<unsigned long long, unsigned long long>;

// Returns a name that nobody else has.
RecordingMemory shared_recording_memory();

class Recording {
 public:
  // `work` must enqueue the same operations on the same tensors each time and read no result of them.
  Recording(c10::Device device, std::function<void()> work, RecordingMemory memory = {});
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
  c10::Device device_;
  std::function<void()> work_;
  RecordingMemory memory_;
  bool is_warm_ = false;  // libraries have loaded their kernels
  std::unique_ptr<Graph> graph_;
};

// Returns whether this build can record work on a GPU.
bool has_recordings();

}  // namespace dppo
