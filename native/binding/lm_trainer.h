// The JavaScript object of a next-token trainer.
#pragma once

#include <memory>

#include "binding/napi_setup.h"
#include "lm/trainer.h"

namespace dppo {

class LmTrainerWrap : public Napi::ObjectWrap<LmTrainerWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LmTrainerWrap(const Napi::CallbackInfo& info);

 private:
  std::shared_ptr<LmTrainer> trainer() const;
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value save_state(const Napi::CallbackInfo& info);
  Napi::Value load_state(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<LmTrainer> trainer_;
};

// createLmTrainer(model, options)
Napi::Value create_lm_trainer(const Napi::CallbackInfo& info);

}  // namespace dppo
