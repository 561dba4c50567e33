// The JavaScript object of a PPO trainer.
#pragma once

#include "binding/trainer_wrap.h"
#include "ppo/trainer.h"

namespace dppo {

class PpoTrainerWrap : public TrainerWrap<PpoTrainerWrap, PpoTrainer> {
 public:
  using TrainerWrap::TrainerWrap;

  // step(batch, onProgress?)
  Napi::Value step(const Napi::CallbackInfo& info);
};

// createPpoTrainer(child, reference, options, group?); without a reference, a frozen copy of the child is made.
Napi::Value create_ppo_trainer(const Napi::CallbackInfo& info);

// ppoOptions(): a list of { name, kind, default?, min?, above?, max?, below?, choices? }, one entry per PPO option.
Napi::Value ppo_options(const Napi::CallbackInfo& info);

}  // namespace dppo
