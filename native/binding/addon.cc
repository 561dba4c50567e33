#include "binding/addon.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <utility>

#include "base/device.h"
#include "base/error.h"
#include "base/graphed_callable.h"
#include "binding/args.h"
#include "binding/external_memory.h"
#include "binding/group.h"
#include "binding/job.h"
#include "binding/lm_trainer.h"
#include "binding/model.h"
#include "binding/ppo_trainer.h"
#include "binding/space.h"
#include "gpu/program.h"

namespace dppo {

Engine& Addon::engine() {
  if (ended_) throw Error(ErrorKind::kAborted, "the environment is closing");
  if (!engine_) engine_ = std::make_unique<Engine>(threads_);
  return *engine_;
}

void Addon::set_threads(int threads) {
  threads_ = threads;
  // Only the thread that computes can set it for itself.
  if (engine_) engine_->submit([threads] { at::set_num_threads(threads); });
}

std::shared_ptr<CancelFlag> Addon::new_flag() {
  std::erase_if(flags_, [](const auto& flag) { return flag.expired(); });
  auto flag = std::make_shared<CancelFlag>();
  flags_.push_back(flag);
  return flag;
}

void Addon::shut_down() {
  ended_ = true;
  for (const auto& weak : flags_) {
    if (const auto flag = weak.lock()) flag->request();
  }
  engine_.reset();
  if (const auto left = std::exchange(group, nullptr)) left->leave(/*in_order=*/!group_works);
}

namespace {

// Far more than any machine has; libtorch would start as many as it is told to.
constexpr int kMaxThreads = 4096;

Napi::Value versions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("libtorch", Napi::String::New(env, TORCH_VERSION));
#ifdef DPPO_WITH_CUDA
  result.Set("flavour", Napi::String::New(env, "cuda"));
#else
  result.Set("flavour", Napi::String::New(env, "cpu"));
#endif
  result.Set("cudaGraphs", Napi::Boolean::New(env, has_cuda_graphs()));
  result.Set("gpuKernels", Napi::Boolean::New(env, gpu::has_programs()));
  Napi::Array backends = Napi::Array::New(env);
  for (const std::string& name : communicator_backends()) backends.Set(backends.Length(), Napi::String::New(env, name));
  result.Set("backends", backends);
  result.Set("threads",
             Napi::Number::New(env, Addon::of(env).threads() > 0 ? Addon::of(env).threads() : at::get_num_threads()));
  return result;
}

Napi::Value devices(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    Napi::Array list = Napi::Array::New(env);
    for (const std::string& name : available_devices()) list.Set(list.Length(), Napi::String::New(env, name));
    return list;
  });
}

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Addon::of(info.Env()).set_threads(static_cast<int>(count_arg(info[0], "threads", kMaxThreads)));
    return info.Env().Undefined();
  });
}

Napi::Value memory_in_use(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ExternalMemory::in_use()));
}

// Resolves when every job that was started before it has ended.
Napi::Value drain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return start_job(
        info.Env(), {"waiting", "nothing can be lowered"}, info.Env().Undefined(),
        [](const Listener&) { return Nothing{}; }, to_undefined);
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* addon = new Addon();
  env.SetInstanceData(addon);
  addon->model_class = Napi::Persistent(ModelWrap::define(env));
  addon->ppo_class = Napi::Persistent(PpoTrainerWrap::define(env, "NativePpoTrainer"));
  addon->lm_class = Napi::Persistent(LmTrainerWrap::define(env, "NativeLmTrainer"));
  addon->group_class = Napi::Persistent(GroupWrap::define(env));
  // process.exit() runs no cleanup hooks and destroys libtorch's globals under a job that is still at work: the event
  // comes before that. A terminated worker has no event; its hooks run.
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto on_exit = Napi::Function::New(env, [addon](const Napi::CallbackInfo&) { addon->shut_down(); });
  process.Get("on").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), on_exit});
  // Runs before the environment's objects are freed: no job may outlive the promise that it settles.
  env.AddCleanupHook([addon] { addon->shut_down(); });
  exports.Set("versions", Napi::Function::New(env, versions));
  exports.Set("devices", Napi::Function::New(env, devices));
  exports.Set("setThreads", Napi::Function::New(env, set_threads));
  exports.Set("memoryInUse", Napi::Function::New(env, memory_in_use));
  exports.Set("drain", Napi::Function::New(env, drain));
  exports.Set("loadModel", Napi::Function::New(env, load_model));
  exports.Set("createModel", Napi::Function::New(env, create_model));
  exports.Set("createPpoTrainer", Napi::Function::New(env, create_ppo_trainer));
  exports.Set("ppoOptions", Napi::Function::New(env, ppo_options));
  exports.Set("openGroup", Napi::Function::New(env, open_group));
  exports.Set("createLmTrainer", Napi::Function::New(env, create_lm_trainer));
  exports.Set("learnSpace", Napi::Function::New(env, learn_space));
  return exports;
}

}  // namespace

}  // namespace dppo

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) { return dppo::init(env, exports); }

NODE_API_MODULE(dialogue_ppo, init_addon)
