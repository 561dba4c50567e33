// Every slow call is a job: it runs on the engine thread, settles a promise and can be cancelled.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "binding/addon.h"
#include "binding/errors.h"
#include "binding/napi_setup.h"

namespace dppo {

// Calls the JavaScript listener of a job with two numbers, from any thread of the job.
class Listener {
 public:
  Listener(Napi::ThreadSafeFunction function, bool active) : function_(std::move(function)), active_(active) {}
  bool active() const { return active_; }
  void report(double first, double second) const {
    if (!active_) return;
    function_.NonBlockingCall([first, second](Napi::Env env, Napi::Function callback) {
      callback.Call({Napi::Number::New(env, first), Napi::Number::New(env, second)});
    });
  }

 private:
  mutable Napi::ThreadSafeFunction function_;
  bool active_;
};

// Runs `work(listener)` on the engine thread, in a CancelScope of the job, and settles with `convert(env, result)` on
// this one. Returns { promise, cancel() }. `work` must hold what it uses by shared pointer or by value.
template <typename Work, typename Convert>
Napi::Value start_job(Napi::Env env, const Activity& activity, const Napi::Value& listener, Work work,
                      Convert convert) {
  using Result = decltype(work(std::declval<const Listener&>()));
  Addon& addon = Addon::of(env);
  // First, because it may throw: the function below keeps the process alive until its job releases it.
  Engine& engine = addon.engine();
  auto flag = addon.new_flag();
  auto deferred = std::make_shared<Napi::Promise::Deferred>(env);
  const bool active = listener.IsFunction();
  const Napi::Function callback =
      active ? listener.As<Napi::Function>() : Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  auto function = Napi::ThreadSafeFunction::New(env, callback, "dialogue-ppo job", /*maxQueueSize=*/0,
                                                /*initialThreadCount=*/1);
  engine.submit([=, work = std::move(work), convert = std::move(convert)]() mutable {
    auto result = std::make_shared<std::optional<Result>>();
    std::exception_ptr error;
    try {
      const CancelScope scope(*flag);
      check_cancelled();
      result->emplace(work(Listener(function, active)));
    } catch (...) {
      error = explain_memory(std::current_exception(), activity);
    }
    // Frees on this thread what the job held, not on the JavaScript thread.
    { [[maybe_unused]] Work done = std::move(work); }
    const auto settle = [deferred, result, error, convert](Napi::Env env, Napi::Function) mutable {
      if (error) {
        deferred->Reject(to_js_error(env, error).Value());
        return;
      }
      try {
        deferred->Resolve(convert(env, **result));
      } catch (...) {
        deferred->Reject(to_js_error(env, std::current_exception()).Value());
      }
    };
    // The call is refused while the environment is closing. Nobody waits for the promise then.
    if (function.BlockingCall(settle) == napi_ok) function.Release();
  });
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", deferred->Promise());
  handle.Set("cancel", Napi::Function::New(env, [flag](const Napi::CallbackInfo&) { flag->request(); }));
  return handle;
}

// For jobs without a result.
struct Nothing {};
inline Napi::Value to_undefined(Napi::Env env, Nothing&) { return env.Undefined(); }

}  // namespace dppo
