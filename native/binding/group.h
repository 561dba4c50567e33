// The JavaScript object of the group of processes that train together.
#pragma once

#include <memory>

#include "binding/napi_setup.h"
#include "dist/communicator.h"

namespace dppo {

class GroupWrap : public Napi::ObjectWrap<GroupWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  // Returns the communicator of a JavaScript value, that of a single process for undefined. Throws Error(kConfig).
  static std::shared_ptr<Communicator> unwrap(const Napi::Value& value, const char* name);

  explicit GroupWrap(const Napi::CallbackInfo& info);

  static const napi_type_tag kTag;

 private:
  Napi::Value rank(const Napi::CallbackInfo& info);
  Napi::Value size(const Napi::CallbackInfo& info);
  Napi::Value all_gather(const Napi::CallbackInfo& info);
  Napi::Value broadcast(const Napi::CallbackInfo& info);
  Napi::Value any(const Napi::CallbackInfo& info);
  Napi::Value fail(const Napi::CallbackInfo& info);
  void set_working(const Napi::CallbackInfo& info);

  std::shared_ptr<Communicator> group_;
};

// openGroup(rendezvous?): joins the processes that a launcher started, by NCCL where `rendezvous` says, else by MPI.
// Waits for all of them. A process joins one group, which further calls return.
Napi::Value open_group(const Napi::CallbackInfo& info);

}  // namespace dppo
