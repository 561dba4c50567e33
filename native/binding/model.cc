#include "binding/model.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <span>
#include <utility>

#include "base/device.h"
#include "base/error.h"
#include "base/named_tensors.h"
#include "binding/args.h"
#include "binding/job.h"
#include "checkpoint/model_folder.h"
#include "generate/generate.h"
#include "lm/loss.h"
#include "model/scoring.h"

namespace dppo {

const napi_type_tag ModelWrap::kTag = {0x6d8f3a1c55e24b70, 0x9a41c07be23d8f15};

namespace {

constexpr Activity kGenerating{"generating",
                               "use fewer prompts at a time (--batch-size) or lower maxNewTokens (--max-new-tokens)"};
constexpr Activity kScoring{"computing log-probabilities", "use fewer or shorter rows at a time"};
constexpr Activity kLoading{"loading a model", "use a smaller model or a dtype of 16 bits"};

LoadOptions load_options(const Napi::Value& value) {
  const Options options(object_arg(value, "options"));
  LoadOptions result;
  options.read("device", result.device);
  options.read("dtype", result.dtype);
  options.read("trainable", result.trainable);
  options.read("valueHead", result.value_head);
  options.read("seed", result.seed);
  options.read("tokenIds", result.token_ids);
  options.check_all_read();
  return result;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> read_streams(const Options& options, std::size_t rows) {
  std::vector<std::int64_t> seeds;
  std::uint64_t seed = 0;
  options.read("seeds", seeds);
  options.read("seed", seed);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> streams;
  if (!seeds.empty()) {
    for (const std::int64_t own : seeds) streams.emplace_back(static_cast<std::uint64_t>(own), 0);
    return streams;
  }
  for (std::size_t i = 0; i < rows; ++i) streams.emplace_back(seed, i);
  return streams;
}

GenerateOptions generate_options(const Napi::Value& value, std::size_t rows) {
  const Options options(object_arg(value, "options"));
  GenerateOptions result;
  options.read("maxNewTokens", result.max_new_tokens);
  options.read("minNewTokens", result.min_new_tokens);
  options.read("doSample", result.do_sample);
  options.read("temperature", result.temperature);
  options.read("topK", result.top_k);
  options.read("topP", result.top_p);
  options.read("repetitionPenalty", result.repetition_penalty);
  options.read("eosTokenIds", result.eos_token_ids);
  options.read("stopTokenIds", result.stop_token_ids);
  options.read("autocastBf16", result.autocast_bf16);
  result.streams = read_streams(options, rows);
  options.check_all_read();
  return result;
}

// Returns the option "starts" of logProbs; empty without options.
std::vector<std::int64_t> starts_option(const Napi::Value& value) {
  std::vector<std::int64_t> starts;
  if (value.IsUndefined() || value.IsNull()) return starts;
  const Options options(object_arg(value, "options"));
  options.read("starts", starts);
  options.check_all_read();
  return starts;
}

Napi::Value to_float_rows(Napi::Env env, const std::vector<at::Tensor>& rows) {
  Napi::Array list = Napi::Array::New(env, rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const std::span numbers(rows[i].const_data_ptr<float>(), static_cast<std::size_t>(rows[i].numel()));
    list.Set(i, to_float32_array(env, numbers));
  }
  return list;
}

}  // namespace

Napi::Function ModelWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeModel",
                     {InstanceMethod<&ModelWrap::generate>("generate"), InstanceMethod<&ModelWrap::logits>("logits"),
                      InstanceMethod<&ModelWrap::log_probs>("logProbs"), InstanceMethod<&ModelWrap::nll>("nll"),
                      InstanceMethod<&ModelWrap::save>("save"), InstanceMethod<&ModelWrap::clone_frozen>("cloneFrozen"),
                      InstanceMethod<&ModelWrap::info>("info"), InstanceMethod<&ModelWrap::dispose>("dispose")});
}

ModelWrap::ModelWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "models come from loadModel");
  info.This().As<Napi::Object>().TypeTag(&kTag);
  policy_ = *info[0].As<Napi::External<std::shared_ptr<Policy>>>().Data();
  memory_.set(info.Env(), policy_->bytes());
}

ModelWrap::~ModelWrap() { release(Env()); }

void ModelWrap::release(Napi::Env env) {
  policy_.reset();
  memory_.set(env, 0);
}

Napi::Value ModelWrap::wrap(Napi::Env env, std::shared_ptr<Policy> policy) {
  return Addon::of(env).model_class.New({Napi::External<std::shared_ptr<Policy>>::New(env, &policy)});
}

std::shared_ptr<Policy> ModelWrap::unwrap(const Napi::Value& value, const char* name) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw Error(ErrorKind::kConfig, std::string(name) + ": expected a model");
  }
  return Unwrap(value.As<Napi::Object>())->policy();
}

std::shared_ptr<Policy> ModelWrap::policy() const {
  if (!policy_) throw Error(ErrorKind::kDisposed, "the model was disposed");
  return policy_;
}

Napi::Value ModelWrap::generate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    TokenRows prompts = token_rows(info[0], "prompts");
    GenerateOptions options = generate_options(info[1], prompts.size());
    auto work = [policy = policy(), prompts = std::move(prompts),
                 options = std::move(options)](const Listener& listener) {
      TokenCallback on_token;
      if (listener.active()) {
        on_token = [&listener](std::int64_t row, std::int64_t token) {
          listener.report(static_cast<double>(row), static_cast<double>(token));
        };
      }
      return dppo::generate(*policy->lm, prompts, options, on_token);
    };
    return start_job(info.Env(), kGenerating, info[2], std::move(work),
                     [](Napi::Env env, TokenRows& rows) { return to_int32_rows(env, rows); });
  });
}

Napi::Value ModelWrap::logits(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [policy = policy(), rows = token_rows(info[0], "tokens")](const Listener&) {
      return row_logits(*policy->lm, rows);
    };
    return start_job(info.Env(), kScoring, info[1], std::move(work),
                     [](Napi::Env env, std::vector<at::Tensor>& rows) { return to_float_rows(env, rows); });
  });
}

Napi::Value ModelWrap::log_probs(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [policy = policy(), rows = token_rows(info[0], "tokens"),
                 starts = starts_option(info[1])](const Listener&) { return row_log_probs(*policy->lm, rows, starts); };
    return start_job(info.Env(), kScoring, info[2], std::move(work),
                     [](Napi::Env env, std::vector<at::Tensor>& rows) { return to_float_rows(env, rows); });
  });
}

Napi::Value ModelWrap::nll(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [policy = policy(), rows = token_rows(info[0], "rows"), masks = token_masks(info[1], "lossMasks")](
                    const Listener&) { return next_token_loss(*policy->lm, rows, masks); };
    return start_job(info.Env(), kScoring, info[2], std::move(work), [](Napi::Env env, NextTokenLoss& loss) {
      Napi::Object result = Napi::Object::New(env);
      result.Set("nats", Napi::Number::New(env, loss.nats));
      result.Set("tokens", Napi::Number::New(env, static_cast<double>(loss.tokens)));
      return result;
    });
  });
}

Napi::Value ModelWrap::save(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [policy = policy(), dir = string_arg(info[0], "dir")](const Listener&) {
      save_policy(*policy, dir);
      return Nothing{};
    };
    return start_job(info.Env(), {"saving a model", "end other programs that need memory"}, info[1], std::move(work),
                     to_undefined);
  });
}

Napi::Value ModelWrap::clone_frozen(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [policy = policy()](const Listener&) { return dppo::clone_frozen(*policy); };
    return start_job(info.Env(), kLoading, info[0], std::move(work),
                     [](Napi::Env env, std::shared_ptr<Policy>& copy) { return wrap(env, copy); });
  });
}

Napi::Value ModelWrap::info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Env env = info.Env();
    const auto held = policy();
    const ModelConfig& config = held->lm->config();
    const auto number = [env](std::int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); };
    Napi::Object result = Napi::Object::New(env);
    result.Set("modelType", Napi::String::New(env, config.model_type));
    result.Set("vocabSize", number(config.vocab_size));
    result.Set("maxPositions", number(config.max_positions));
    result.Set("hiddenSize", number(config.hidden_size));
    result.Set("layers", number(config.layers));
    if (config.pad_token_id) result.Set("padTokenId", number(*config.pad_token_id));
    if (config.bos_token_id) result.Set("bosTokenId", number(*config.bos_token_id));
    Napi::Array ends = Napi::Array::New(env);
    for (std::uint32_t i = 0; i < config.eos_token_ids.size(); ++i) ends.Set(i, number(config.eos_token_ids[i]));
    result.Set("eosTokenIds", ends);
    result.Set("parameters", number(total_numel(held->parameters())));
    result.Set("bytes", number(memory_.bytes()));
    result.Set("device", Napi::String::New(env, held->lm->device().str()));
    result.Set("dtype", Napi::String::New(env, dtype_name(held->lm->dtype())));
    result.Set("valueHead", Napi::Boolean::New(env, held->value_head.has_value()));
    result.Set("trainable", Napi::Boolean::New(env, held->lm->trainable()));
    return Napi::Value(result);
  });
}

void ModelWrap::dispose(const Napi::CallbackInfo& info) { release(info.Env()); }

Napi::Value load_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [dir = string_arg(info[0], "dir"), options = load_options(info[1])](const Listener&) {
      return load_policy(dir, options);
    };
    return start_job(info.Env(), kLoading, info[2], std::move(work),
                     [](Napi::Env env, std::shared_ptr<Policy>& policy) { return ModelWrap::wrap(env, policy); });
  });
}

Napi::Value create_model(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [json = string_arg(info[0], "config"), options = load_options(info[1])](const Listener&) {
      return create_policy(json, options);
    };
    return start_job(info.Env(), kLoading, info[2], std::move(work),
                     [](Napi::Env env, std::shared_ptr<Policy>& policy) { return ModelWrap::wrap(env, policy); });
  });
}

}  // namespace dppo
