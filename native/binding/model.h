// The JavaScript object of a model.
#pragma once

#include <memory>

#include "binding/external_memory.h"
#include "binding/napi_setup.h"
#include "model/policy.h"

namespace dppo {

class ModelWrap : public Napi::ObjectWrap<ModelWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Value wrap(Napi::Env env, std::shared_ptr<Policy> policy);
  // The policy of a JavaScript value. Throws Error(kConfig) for another object, Error(kDisposed) after dispose.
  static std::shared_ptr<Policy> unwrap(const Napi::Value& value, const char* name);

  explicit ModelWrap(const Napi::CallbackInfo& info);
  ~ModelWrap() override;

  static const napi_type_tag kTag;

 private:
  std::shared_ptr<Policy> policy() const;
  Napi::Value generate(const Napi::CallbackInfo& info);
  Napi::Value logits(const Napi::CallbackInfo& info);
  Napi::Value log_probs(const Napi::CallbackInfo& info);
  Napi::Value nll(const Napi::CallbackInfo& info);
  Napi::Value save(const Napi::CallbackInfo& info);
  Napi::Value clone_frozen(const Napi::CallbackInfo& info);
  Napi::Value info(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);
  void release(Napi::Env env);

  std::shared_ptr<Policy> policy_;
  ExternalMemory memory_;
};

// loadModel(dir, options) and createModel(configJson, options).
Napi::Value load_model(const Napi::CallbackInfo& info);
Napi::Value create_model(const Napi::CallbackInfo& info);

}  // namespace dppo
