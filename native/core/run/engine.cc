#include "run/engine.h"

#include <ATen/Parallel.h>

#include "base/memory_reuse.h"

namespace dppo {

Engine::Engine(int threads) : thread_([this, threads] { run(threads); }) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_one();
  thread_.join();
}

void Engine::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Engine::run(int threads) {
  // OpenMP's thread count belongs to the thread that sets it, so it must be set here.
  if (threads > 0) at::set_num_threads(threads);
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const MemoryReuseScope reuse;
    job();
  }
}

}  // namespace dppo
