#include "binding/errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "base/error.h"

namespace dppo {

namespace {

Napi::Error with_code(Napi::Env env, const std::string& message, const char* code) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace

Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& ours) {
    return with_code(env, ours.what(), error_code(ours.kind()));
  } catch (const c10::OutOfMemoryError& memory) {
    return with_code(env, memory.what_without_backtrace(), error_code(ErrorKind::kDeviceOom));
  } catch (const c10::Error& torch) {
    // The first line is the message; libtorch's backtrace does not help a JavaScript reader.
    return with_code(env, std::string("libtorch: ") + torch.what_without_backtrace(), error_code(ErrorKind::kInternal));
  } catch (const Napi::Error& js) {
    return js;
  } catch (const std::bad_alloc&) {
    return with_code(env, "out of memory", error_code(ErrorKind::kDeviceOom));
  } catch (const std::exception& other) {
    return with_code(env, other.what(), error_code(ErrorKind::kInternal));
  } catch (...) {
    return with_code(env, "an unknown native error", error_code(ErrorKind::kInternal));
  }
}

}  // namespace dppo
