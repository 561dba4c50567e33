// The state of one instance of the addon. A Node environment has one: the main thread or a worker.
#pragma once

#include <memory>
#include <vector>

#include "base/cancel.h"
#include "binding/napi_setup.h"
#include "dist/communicator.h"
#include "run/engine.h"

namespace dppo {

struct Addon {
  Napi::FunctionReference model_class;
  Napi::FunctionReference ppo_class;
  Napi::FunctionReference lm_class;
  Napi::FunctionReference group_class;
  std::shared_ptr<Communicator> group;  // of this process, once it has been opened
  bool group_works = false;             // whether other processes count on this one

  // Started by the first job, so that loading the addon costs no thread.
  Engine& engine();
  // Sets the number of threads inside one operation, for the jobs that start from now on.
  void set_threads(int threads);
  int threads() const { return threads_; }

  // Flags of unfinished jobs, raised together when the environment ends.
  std::shared_ptr<CancelFlag> new_flag();
  void shut_down();

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

 private:
  int threads_ = 0;
  bool ended_ = false;
  std::unique_ptr<Engine> engine_;
  std::vector<std::weak_ptr<CancelFlag>> flags_;
};

}  // namespace dppo
