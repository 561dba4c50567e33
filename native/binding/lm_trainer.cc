#include "binding/lm_trainer.h"

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "binding/model.h"

namespace dppo {

namespace {

LmConfig lm_config(const Napi::Value& value) {
  const Options options(object_arg(value, "options"));
  LmConfig c;
  options.read("learningRate", c.learning_rate);
  options.read("beta1", c.beta1);
  options.read("beta2", c.beta2);
  options.read("eps", c.eps);
  options.read("weightDecay", c.weight_decay);
  options.read("maxGradNorm", c.max_grad_norm);
  options.read("warmupSteps", c.warmup_steps);
  options.read("totalSteps", c.total_steps);
  options.read("minLearningRate", c.min_learning_rate);
  options.read("autocastBf16", c.autocast_bf16);
  options.read("dropout", c.dropout);
  options.read("seed", c.seed);
  return c;
}

Napi::Value to_js(Napi::Env env, LmStepResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", Napi::Number::New(env, result.loss));
  object.Set("gradientNorm", Napi::Number::New(env, result.gradient_norm));
  object.Set("learningRate", Napi::Number::New(env, result.learning_rate));
  object.Set("tokens", Napi::Number::New(env, static_cast<double>(result.tokens)));
  return object;
}

}  // namespace

Napi::Function LmTrainerWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativeLmTrainer",
      {InstanceMethod<&LmTrainerWrap::step>("step"), InstanceMethod<&LmTrainerWrap::save_state>("saveState"),
       InstanceMethod<&LmTrainerWrap::load_state>("loadState"), InstanceMethod<&LmTrainerWrap::dispose>("dispose")});
}

LmTrainerWrap::LmTrainerWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    throw Napi::TypeError::New(info.Env(), "trainers come from createLmTrainer");
  }
  trainer_ = *info[0].As<Napi::External<std::shared_ptr<LmTrainer>>>().Data();
}

std::shared_ptr<LmTrainer> LmTrainerWrap::trainer() const {
  if (!trainer_) throw Error(ErrorKind::kDisposed, "the trainer was disposed");
  return trainer_;
}

Napi::Value LmTrainerWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), rows = token_rows(info[0], "rows"), masks = byte_rows(info[1], "lossMasks"),
                       rate = optional_number(info[2], "learningRate")](CancelFlag& cancel, const Listener&) {
      return trainer->step(rows, masks, &cancel, rate);
    };
    return start_job(info.Env(), info[3], work, to_js);
  });
}

Napi::Value LmTrainerWrap::save_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), dir = string_arg(info[0], "dir")](CancelFlag&, const Listener&) {
      trainer->save_state(dir);
      return Nothing{};
    };
    return start_job(info.Env(), info[1], work, to_undefined);
  });
}

Napi::Value LmTrainerWrap::load_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), dir = string_arg(info[0], "dir")](CancelFlag&, const Listener&) {
      trainer->load_state(dir);
      return Nothing{};
    };
    return start_job(info.Env(), info[1], work, to_undefined);
  });
}

void LmTrainerWrap::dispose(const Napi::CallbackInfo& /*info*/) { trainer_.reset(); }

Napi::Value create_lm_trainer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto policy = ModelWrap::unwrap(info[0], "model");
    const auto work = [policy, config = lm_config(info[1])](CancelFlag&, const Listener&) {
      return std::make_shared<LmTrainer>(policy, config);
    };
    return start_job(info.Env(), info[2], work, [](Napi::Env env, std::shared_ptr<LmTrainer>& trainer) {
      return Addon::of(env).lm_class.New({Napi::External<std::shared_ptr<LmTrainer>>::New(env, &trainer)});
    });
  });
}

}  // namespace dppo
