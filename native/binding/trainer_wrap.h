// What the JavaScript objects of both trainers share: ownership, state files and dispose.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "binding/args.h"
#include "binding/external_memory.h"
#include "binding/job.h"
#include "binding/napi_setup.h"

namespace dppo {

// A trainer and the bytes that it holds itself: the optimizer's state, and a reference of its own.
template <typename Trainer>
struct Owned {
  std::shared_ptr<Trainer> trainer;
  std::int64_t bytes;
};

// Tensors of the size of the weights in the optimizer's state.
inline constexpr std::int64_t kMoments = 2;

template <typename Self, typename Trainer>
class TrainerWrap : public Napi::ObjectWrap<Self> {
 public:
  static Napi::Function define(Napi::Env env, const char* name) {
    return Self::DefineClass(
        env, name,
        {Self::InstanceMethod("step", &Self::step), Self::InstanceMethod("saveState", &Self::save_state),
         Self::InstanceMethod("loadState", &Self::load_state), Self::InstanceMethod("dispose", &Self::dispose)});
  }

  // Starts a job that makes a trainer and resolves to an object of the class behind `constructor`.
  template <typename Make>
  static Napi::Value start(const Napi::CallbackInfo& info, Napi::FunctionReference& constructor, Make make) {
    auto work = [make = std::move(make)](const Listener&) { return make(); };
    const Activity activity{"making a trainer, whose optimizer needs twice the memory of the weights",
                            "use a smaller model"};
    return start_job(info.Env(), activity, info.Env().Undefined(), std::move(work),
                     [&constructor](Napi::Env env, Owned<Trainer>& owned) {
                       return constructor.New({Napi::External<Owned<Trainer>>::New(env, &owned)});
                     });
  }

  explicit TrainerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
      throw Napi::TypeError::New(info.Env(), "trainers come from createPpoTrainer and createLmTrainer");
    }
    const Owned<Trainer>& owned = *info[0].As<Napi::External<Owned<Trainer>>>().Data();
    trainer_ = owned.trainer;
    memory_.set(info.Env(), owned.bytes);
  }
  ~TrainerWrap() override { memory_.set(this->Env(), 0); }

 protected:
  // Throws Error(kDisposed) after dispose.
  std::shared_ptr<Trainer> trainer() const {
    if (!trainer_) throw Error(ErrorKind::kDisposed, "the trainer was disposed");
    return trainer_;
  }

 private:
  template <typename Use>
  Napi::Value use_folder(const Napi::CallbackInfo& info, Use use) {
    return guarded(info.Env(), [&] {
      auto work = [use, trainer = trainer(), dir = string_arg(info[0], "dir")](const Listener&) {
        use(*trainer, dir);
        return Nothing{};
      };
      const Activity activity{"reading or writing the state of a trainer", "end other programs that need memory"};
      return start_job(info.Env(), activity, info.Env().Undefined(), std::move(work), to_undefined);
    });
  }

  Napi::Value save_state(const Napi::CallbackInfo& info) {
    return use_folder(info, [](const Trainer& trainer, const std::string& dir) { trainer.save_state(dir); });
  }

  Napi::Value load_state(const Napi::CallbackInfo& info) {
    return use_folder(info, [](Trainer& trainer, const std::string& dir) { trainer.load_state(dir); });
  }

  void dispose(const Napi::CallbackInfo& info) {
    trainer_.reset();
    memory_.set(info.Env(), 0);
  }

  std::shared_ptr<Trainer> trainer_;
  ExternalMemory memory_;
};

}  // namespace dppo
