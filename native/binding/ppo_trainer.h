// The JavaScript object of a PPO trainer.
#pragma once

#include <memory>

#include "binding/napi_setup.h"
#include "ppo/trainer.h"

namespace dppo {

class PpoTrainerWrap : public Napi::ObjectWrap<PpoTrainerWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit PpoTrainerWrap(const Napi::CallbackInfo& info);

 private:
  std::shared_ptr<PpoTrainer> trainer() const;
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value save_state(const Napi::CallbackInfo& info);
  Napi::Value load_state(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<PpoTrainer> trainer_;
};

// createPpoTrainer(model, reference, options); without a reference a frozen copy is made.
Napi::Value create_ppo_trainer(const Napi::CallbackInfo& info);

}  // namespace dppo
