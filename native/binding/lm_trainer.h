// The JavaScript object of a next-token trainer.
#pragma once

#include "binding/trainer_wrap.h"
#include "lm/trainer.h"

namespace dppo {

class LmTrainerWrap : public TrainerWrap<LmTrainerWrap, LmTrainer> {
 public:
  using TrainerWrap::TrainerWrap;

  // step(rows, lossMasks?, plan?)
  Napi::Value step(const Napi::CallbackInfo& info);
};

// createLmTrainer(model, options, group?)
Napi::Value create_lm_trainer(const Napi::CallbackInfo& info);

}  // namespace dppo
