#include "binding/errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/exhausted_memory.h"
#include "dist/communicator.h"

namespace dppo {

namespace {

Napi::Error with_code(Napi::Env env, const std::string& message, const char* code) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

// Returns the size that an allocator's text names, such as " (4294967296 bytes more were asked for)"; "" without one.
std::string asked_for(const std::string& text) {
  const std::string before = "ried to allocate ";  // "you tried" for the machine, "Tried" for a device
  const auto at = text.find(before);
  if (at == std::string::npos) return "";
  std::istringstream words(text.substr(at + before.size()));
  std::string amount, unit;
  if (!(words >> amount >> unit)) return "";
  return " (" + amount + " " + unit.substr(0, unit.find_first_of(".,;")) + " more were asked for)";
}

}  // namespace

std::exception_ptr explain_memory(const std::exception_ptr& error, const Activity& activity) {
  const auto exhausted = exhausted_memory(error);
  if (!exhausted) return error;
  const char* where = exhausted->of_device ? "the device is" : "the machine is";
  return std::make_exception_ptr(Error(ErrorKind::kOutOfMemory, std::string(where) + " out of memory while " +
                                                                    activity.name + asked_for(exhausted->text) + "; " +
                                                                    activity.remedy));
}

Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& ours) {
    return with_code(env, ours.what(), error_code(ours.kind()));
  } catch (const PeerError& peer) {
    return with_code(env, peer.what(), peer.code().c_str());
  } catch (const c10::Error& torch) {
    // The first line is the message; libtorch's backtrace does not help a JavaScript reader.
    return with_code(env, std::string("libtorch: ") + torch.what_without_backtrace(), error_code(ErrorKind::kInternal));
  } catch (const Napi::Error& js) {
    return js;
  } catch (const std::bad_alloc&) {
    return with_code(env, "the machine is out of memory", error_code(ErrorKind::kOutOfMemory));
  } catch (const std::exception& other) {
    return with_code(env, other.what(), error_code(ErrorKind::kInternal));
  } catch (...) {
    return with_code(env, "an unknown native error", error_code(ErrorKind::kInternal));
  }
}

}  // namespace dppo
