// The one thread on which everything slow happens, with a queue in front of it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace dppo {

class Engine {
 public:
  // `threads`: libtorch's threads inside one operation; 0 leaves its default.
  explicit Engine(int threads);
  // Finishes the job in progress, drops the waiting ones.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Jobs run one after the other in the order given. A job must not throw.
  void submit(std::function<void()> job);

 private:
  void run(int threads);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dppo
