#include "binding/ppo_trainer.h"

#include <cstring>

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "binding/model.h"

namespace dppo {

namespace {

PpoConfig ppo_config(const Napi::Value& value) {
  const Options options(object_arg(value, "options"));
  PpoConfig c;
  options.read("learningRate", c.learning_rate);
  options.read("adapKlCtrl", c.adap_kl_ctrl);
  options.read("initKlCoef", c.init_kl_coef);
  options.read("klPenalty", c.kl_penalty);
  options.read("target", c.target);
  options.read("horizon", c.horizon);
  options.read("gamma", c.gamma);
  options.read("lam", c.lam);
  options.read("cliprange", c.cliprange);
  options.read("cliprangeValue", c.cliprange_value);
  options.read("vfCoef", c.vf_coef);
  options.read("batchSize", c.batch_size);
  options.read("miniBatchSize", c.mini_batch_size);
  options.read("gradientAccumulationSteps", c.gradient_accumulation_steps);
  options.read("ppoEpochs", c.ppo_epochs);
  options.read("maxGradNorm", c.max_grad_norm);
  options.read("earlyStopping", c.early_stopping);
  options.read("targetKl", c.target_kl);
  options.read("ratioThreshold", c.ratio_threshold);
  options.read("useScoreScaling", c.use_score_scaling);
  options.read("useScoreNorm", c.use_score_norm);
  options.read("scoreClip", c.score_clip);
  options.read("whitenRewards", c.whiten_rewards);
  options.read("seed", c.seed);
  options.read("padSide", c.pad_side);
  options.read("padTokenId", c.pad_token_id);
  options.read("optimizer", c.optimizer);
  options.read("beta1", c.beta1);
  options.read("beta2", c.beta2);
  options.read("eps", c.eps);
  options.read("weightDecay", c.weight_decay);
  options.read("lrSchedule", c.lr_schedule);
  options.read("totalSteps", c.total_steps);
  options.read("trlParity", c.trl_parity);
  options.read("clipOnce", c.clip_once);
  options.read("autocastBf16", c.autocast_bf16);
  return c;
}

PpoBatch ppo_batch(const Napi::Object& object) {
  PpoBatch batch;
  batch.queries = token_rows(object.Get("queries"), "queries");
  batch.responses = token_rows(object.Get("responses"), "responses");
  batch.response_masks = byte_rows(object.Get("responseMasks"), "responseMasks");
  const Napi::Value scores = object.Get("scores");
  if (!scores.IsTypedArray() || scores.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    throw Error(ErrorKind::kConfig, "scores: expected a Float32Array");
  }
  const auto array = scores.As<Napi::Float32Array>();
  batch.scores.assign(array.Data(), array.Data() + array.ElementLength());
  const Napi::Value orders = object.Get("permutations");
  if (!orders.IsUndefined()) batch.permutations = token_rows(orders, "permutations");
  return batch;
}

Napi::Value to_float_array(Napi::Env env, const std::vector<float>& values) {
  Napi::Float32Array array = Napi::Float32Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(float));
  return array;
}

Napi::Value to_js(Napi::Env env, PpoStepResult& result) {
  Napi::Object stats = Napi::Object::New(env);
  for (const auto& [name, value] : result.stats) stats.Set(name, Napi::Number::New(env, value));
  Napi::Object arrays = Napi::Object::New(env);
  for (const auto& [name, values] : result.arrays) arrays.Set(name, to_float_array(env, values));
  Napi::Array norms = Napi::Array::New(env, result.gradient_norms.size());
  for (std::uint32_t i = 0; i < result.gradient_norms.size(); ++i) {
    norms.Set(i, Napi::Number::New(env, result.gradient_norms[i]));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("stats", stats);
  object.Set("arrays", arrays);
  object.Set("gradientNorms", norms);
  object.Set("klCoef", Napi::Number::New(env, result.kl_coef));
  object.Set("learningRate", Napi::Number::New(env, result.learning_rate));
  return object;
}

}  // namespace

Napi::Function PpoTrainerWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativePpoTrainer",
      {InstanceMethod<&PpoTrainerWrap::step>("step"), InstanceMethod<&PpoTrainerWrap::save_state>("saveState"),
       InstanceMethod<&PpoTrainerWrap::load_state>("loadState"), InstanceMethod<&PpoTrainerWrap::dispose>("dispose")});
}

PpoTrainerWrap::PpoTrainerWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    throw Napi::TypeError::New(info.Env(), "trainers come from createPpoTrainer");
  }
  trainer_ = *info[0].As<Napi::External<std::shared_ptr<PpoTrainer>>>().Data();
}

std::shared_ptr<PpoTrainer> PpoTrainerWrap::trainer() const {
  if (!trainer_) throw Error(ErrorKind::kDisposed, "the trainer was disposed");
  return trainer_;
}

Napi::Value PpoTrainerWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), batch = ppo_batch(object_arg(info[0], "batch"))](CancelFlag& cancel,
                                                                                             const Listener& listener) {
      PpoTrainer::Progress progress;
      if (listener.active()) {
        progress = [&listener](std::int64_t done, std::int64_t total) {
          listener.tell(static_cast<double>(done), static_cast<double>(total));
        };
      }
      return trainer->step(batch, &cancel, progress);
    };
    return start_job(info.Env(), info[1], work, to_js);
  });
}

Napi::Value PpoTrainerWrap::save_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), dir = string_arg(info[0], "dir")](CancelFlag&, const Listener&) {
      trainer->save_state(dir);
      return Nothing{};
    };
    return start_job(info.Env(), info[1], work, to_undefined);
  });
}

Napi::Value PpoTrainerWrap::load_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = [trainer = trainer(), dir = string_arg(info[0], "dir")](CancelFlag&, const Listener&) {
      trainer->load_state(dir);
      return Nothing{};
    };
    return start_job(info.Env(), info[1], work, to_undefined);
  });
}

void PpoTrainerWrap::dispose(const Napi::CallbackInfo& /*info*/) { trainer_.reset(); }

Napi::Value create_ppo_trainer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto policy = ModelWrap::unwrap(info[0], "child");
    const bool given = !info[1].IsUndefined() && !info[1].IsNull();
    auto reference = given ? ModelWrap::unwrap(info[1], "reference") : nullptr;
    const auto work = [policy, reference, config = ppo_config(info[2])](CancelFlag&, const Listener&) {
      return std::make_shared<PpoTrainer>(policy, reference ? reference : clone_frozen(*policy), config);
    };
    return start_job(info.Env(), info[3], work, [](Napi::Env env, std::shared_ptr<PpoTrainer>& trainer) {
      return Addon::of(env).ppo_class.New({Napi::External<std::shared_ptr<PpoTrainer>>::New(env, &trainer)});
    });
  });
}

}  // namespace dppo
