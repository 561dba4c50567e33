#include "binding/lm_trainer.h"

#include <optional>
#include <utility>

#include "binding/args.h"
#include "binding/group.h"
#include "binding/job.h"
#include "binding/model.h"

namespace dppo {

namespace {

std::optional<LmPlan> lm_plan(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  return config_arg<LmPlan>(value, "plan");
}

Napi::Value lm_step_to_js(Napi::Env env, LmStepResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", Napi::Number::New(env, result.loss));
  object.Set("gradientNorm", Napi::Number::New(env, result.gradient_norm));
  object.Set("learningRate", Napi::Number::New(env, result.learning_rate));
  object.Set("tokens", Napi::Number::New(env, static_cast<double>(result.tokens)));
  object.Set("parts", Napi::Number::New(env, static_cast<double>(result.parts)));
  return object;
}

}  // namespace

Napi::Value LmTrainerWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [trainer = trainer(), rows = token_rows(info[0], "rows"), masks = token_masks(info[1], "lossMasks"),
                 plan = lm_plan(info[2])](const Listener&) { return trainer->step(rows, masks, plan); };
    const Activity activity{"training the language model", "lower the number of rows per step or their length"};
    return start_job(info.Env(), activity, info.Env().Undefined(), std::move(work), lm_step_to_js);
  });
}

Napi::Value create_lm_trainer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto make = [policy = ModelWrap::unwrap(info[0], "model"), config = config_arg<LmConfig>(info[1], "options"),
                       group = GroupWrap::unwrap(info[2], "group")] {
      return Owned<LmTrainer>{std::make_shared<LmTrainer>(policy, config, group), kMoments * policy->bytes()};
    };
    return LmTrainerWrap::start(info, Addon::of(info.Env()).lm_class, make);
  });
}

}  // namespace dppo
