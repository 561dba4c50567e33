#include "binding/ppo_trainer.h"

#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "binding/args.h"
#include "binding/group.h"
#include "binding/job.h"
#include "binding/model.h"

namespace dppo {

namespace {

// Describes each option that it visits as a JavaScript object.
class OptionList {
 public:
  explicit OptionList(Napi::Env env) : env_(env), list_(Napi::Array::New(env)) {}
  Napi::Array list() const { return list_; }

  void operator()(const char* name, bool value) {
    add(name, "boolean").Set("default", Napi::Boolean::New(env_, value));
  }

  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* name, Enum value) {
    Napi::Object entry = add(name, "string");
    Napi::Array choices = Napi::Array::New(env_);
    for (const std::string& choice : enum_names<Enum>()) choices.Set(choices.Length(), Napi::String::New(env_, choice));
    entry.Set("default", Napi::String::New(env_, enum_name(value)));
    entry.Set("choices", choices);
  }

  template <typename T>
  requires std::is_arithmetic_v<T>
  void operator()(const char* name, T value, const Bounds& bounds) { (*this)(name, std::optional<T>(value), bounds); }

  template <typename T>
  void operator()(const char* name, const std::optional<T>& value, const Bounds& bounds) {
    Napi::Object entry = add(name, std::is_integral_v<T> ? "integer" : "number");
    set(entry, "default", value ? std::optional(static_cast<double>(*value)) : std::nullopt);
    set(entry, "min", bounds.min);
    set(entry, "above", bounds.above);
    set(entry, "max", bounds.max);
    set(entry, "below", bounds.below);
  }

 private:
  Napi::Object add(const char* name, const char* kind) {
    Napi::Object entry = Napi::Object::New(env_);
    entry.Set("name", Napi::String::New(env_, name));
    entry.Set("kind", Napi::String::New(env_, kind));
    list_.Set(list_.Length(), entry);
    return entry;
  }

  void set(Napi::Object& entry, const char* key, std::optional<double> value) const {
    if (value) entry.Set(key, Napi::Number::New(env_, *value));
  }

  Napi::Env env_;
  Napi::Array list_;
};

PpoBatch ppo_batch(const Napi::Object& object) {
  PpoBatch batch;
  batch.queries = token_rows(object.Get("queries"), "queries");
  batch.responses = token_rows(object.Get("responses"), "responses");
  batch.response_masks = token_masks(object.Get("responseMasks"), "responseMasks");
  const auto scores = typed_array_arg<float>(object.Get("scores"), "scores");
  batch.scores.assign(scores.begin(), scores.end());
  const Napi::Value orders = object.Get("permutations");
  if (!orders.IsUndefined()) batch.permutations = token_rows(orders, "permutations");
  const Napi::Value texts = object.Get("ptxRows");
  if (!texts.IsUndefined()) batch.ptx_rows = token_rows(texts, "ptxRows");
  return batch;
}

Napi::Value ppo_step_to_js(Napi::Env env, PpoStepResult& result) {
  Napi::Object stats = Napi::Object::New(env);
  for (const auto& [name, value] : result.stats) stats.Set(name, Napi::Number::New(env, value));
  Napi::Object arrays = Napi::Object::New(env);
  for (const auto& [name, values] : result.arrays) arrays.Set(name, to_float32_array(env, values));
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

Napi::Value PpoTrainerWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [trainer = trainer(), batch = ppo_batch(object_arg(info[0], "batch"))](const Listener& listener) {
      PpoTrainer::Progress progress;
      if (listener.active()) {
        progress = [&listener](std::int64_t done, std::int64_t total) {
          listener.report(static_cast<double>(done), static_cast<double>(total));
        };
      }
      return trainer->step(batch, progress);
    };
    const Activity activity{"training a step of PPO",
                            "lower maxNewTokens (--max-new-tokens) and --max-words, with several processes also "
                            "miniBatchSize (--mini-batch-size), or use a smaller model"};
    return start_job(info.Env(), activity, info[1], std::move(work), ppo_step_to_js);
  });
}

Napi::Value create_ppo_trainer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const bool given = !info[1].IsUndefined() && !info[1].IsNull();
    const auto make = [policy = ModelWrap::unwrap(info[0], "child"),
                       reference = given ? ModelWrap::unwrap(info[1], "reference") : nullptr,
                       config = config_arg<PpoConfig>(info[2], "options"),
                       group = GroupWrap::unwrap(info[3], "group")] {
      const auto own = reference ? nullptr : clone_frozen(*policy);
      const std::int64_t bytes = kMoments * policy->bytes() + (own ? own->bytes() : 0);
      return Owned<PpoTrainer>{std::make_shared<PpoTrainer>(policy, own ? own : reference, config, group), bytes};
    };
    return PpoTrainerWrap::start(info, Addon::of(info.Env()).ppo_class, make);
  });
}

Napi::Value ppo_options(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const PpoConfig defaults;
    OptionList options(info.Env());
    visit_options(defaults, options);
    return Napi::Value(options.list());
  });
}

}  // namespace dppo
