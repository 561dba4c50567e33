#include "binding/group.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "binding/args.h"
#include "binding/job.h"
#include "dist/mpi.h"
#include "dist/nccl.h"

namespace dppo {

const napi_type_tag GroupWrap::kTag = {0x64707067726F7570ULL, 0x636F6D6D756E6963ULL};

namespace {

const Activity kTalking{"exchanging results with other processes", "end other programs that need memory"};

std::string bytes_arg(const Napi::Value& value) {
  const auto bytes = typed_array_arg<std::uint8_t>(value, "bytes");
  return {bytes.begin(), bytes.end()};
}

Rendezvous rendezvous_arg(const Napi::Value& value) {
  const auto rendezvous = config_arg<Rendezvous>(value, "rendezvous");
  visit_options(rendezvous, BoundsCheck());
  return rendezvous;
}

Napi::Value to_bytes(Napi::Env env, const std::string& bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
  if (!bytes.empty()) std::memcpy(array.Data(), bytes.data(), bytes.size());
  return array;
}

}  // namespace

Napi::Function GroupWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeGroup",
                     {InstanceMethod("rank", &GroupWrap::rank), InstanceMethod("size", &GroupWrap::size),
                      InstanceMethod("allGather", &GroupWrap::all_gather),
                      InstanceMethod("broadcast", &GroupWrap::broadcast), InstanceMethod("any", &GroupWrap::any),
                      InstanceMethod("fail", &GroupWrap::fail), InstanceMethod("setWorking", &GroupWrap::set_working)});
}

GroupWrap::GroupWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<GroupWrap>(info) {
  if (info.Length() != 1 || !info[0].IsExternal()) {
    throw Napi::TypeError::New(info.Env(), "groups come from openGroup");
  }
  group_ = *info[0].As<Napi::External<std::shared_ptr<Communicator>>>().Data();
  info.This().As<Napi::Object>().TypeTag(&kTag);
}

std::shared_ptr<Communicator> GroupWrap::unwrap(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return std::make_shared<Communicator>();
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw Error(ErrorKind::kConfig, std::string(name) + ": expected a group of processes");
  }
  return Unwrap(value.As<Napi::Object>())->group_;
}

Napi::Value GroupWrap::rank(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), group_->rank()); }

Napi::Value GroupWrap::size(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), group_->size()); }

Napi::Value GroupWrap::all_gather(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [group = group_, bytes = bytes_arg(info[0])](const Listener&) { return group->all_gather(bytes); };
    return start_job(info.Env(), kTalking, info.Env().Undefined(), std::move(work),
                     [](Napi::Env env, std::vector<std::string>& parts) -> Napi::Value {
                       Napi::Array list = Napi::Array::New(env, parts.size());
                       for (std::uint32_t i = 0; i < parts.size(); ++i) list.Set(i, to_bytes(env, parts[i]));
                       return list;
                     });
  });
}

Napi::Value GroupWrap::broadcast(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [group = group_, bytes = bytes_arg(info[0])](const Listener&) { return group->broadcast(bytes); };
    return start_job(info.Env(), kTalking, info.Env().Undefined(), std::move(work), to_bytes);
  });
}

Napi::Value GroupWrap::any(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [group = group_, own = info[0].ToBoolean().Value()](const Listener&) { return group->any(own); };
    return start_job(info.Env(), kTalking, info.Env().Undefined(), std::move(work),
                     [](Napi::Env env, bool value) -> Napi::Value { return Napi::Boolean::New(env, value); });
  });
}

Napi::Value GroupWrap::fail(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto work = [group = group_, code = string_arg(info[0], "code"),
                 message = string_arg(info[1], "message")](const Listener&) {
      group->fail(code, message);
      return Nothing{};
    };
    return start_job(info.Env(), kTalking, info.Env().Undefined(), std::move(work), to_undefined);
  });
}

// A process that ends while it works ends the others by force, because they would wait for it for ever.
void GroupWrap::set_working(const Napi::CallbackInfo& info) {
  const bool works = info[0].ToBoolean().Value();
  if (works) group_->begin();
  Addon::of(info.Env()).group_works = works;
}

Napi::Value open_group(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Addon& addon = Addon::of(info.Env());
    if (!addon.group) addon.group = info[0].IsUndefined() ? open_mpi() : open_nccl(rendezvous_arg(info[0]));
    return addon.group_class.New({Napi::External<std::shared_ptr<Communicator>>::New(info.Env(), &addon.group)});
  });
}

}  // namespace dppo
