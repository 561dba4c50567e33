// What the JavaScript objects of both trainers share: ownership, state files and dispose.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "binding/napi_setup.h"

namespace dppo {

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
    const auto work = [make = std::move(make)](CancelFlag&, const Listener&) { return make(); };
    return start_job(info.Env(), info.Env().Undefined(), work,
                     [&constructor](Napi::Env env, std::shared_ptr<Trainer>& trainer) {
                       return constructor.New({Napi::External<std::shared_ptr<Trainer>>::New(env, &trainer)});
                     });
  }

  explicit TrainerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
      throw Napi::TypeError::New(info.Env(), "trainers come from createPpoTrainer and createLmTrainer");
    }
    trainer_ = *info[0].As<Napi::External<std::shared_ptr<Trainer>>>().Data();
  }

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
      const auto work = [use, trainer = trainer(), dir = string_arg(info[0], "dir")](CancelFlag&, const Listener&) {
        use(*trainer, dir);
        return Nothing{};
      };
      return start_job(info.Env(), info.Env().Undefined(), work, to_undefined);
    });
  }

  Napi::Value save_state(const Napi::CallbackInfo& info) {
    return use_folder(info, [](const Trainer& trainer, const std::string& dir) { trainer.save_state(dir); });
  }

  Napi::Value load_state(const Napi::CallbackInfo& info) {
    return use_folder(info, [](Trainer& trainer, const std::string& dir) { trainer.load_state(dir); });
  }

  void dispose(const Napi::CallbackInfo& /*info*/) { trainer_.reset(); }

  std::shared_ptr<Trainer> trainer_;
};

}  // namespace dppo
