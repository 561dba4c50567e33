// C++ exceptions as JavaScript errors with a `code`.
#pragma once

#include <exception>

#include "binding/napi_setup.h"

namespace dppo {

// Returns the JavaScript error for an exception, with its message and the public code as `code`.
Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error);

// What a job does and what the user can change when memory is exhausted, for messages.
struct Activity {
  const char* name;    // "generating"
  const char* remedy;  // "lower --max-new-tokens"
};

// Returns an Error(kOutOfMemory) with both texts of `activity` for an exception that says that memory is exhausted, any
// other one as it is.
std::exception_ptr explain_memory(const std::exception_ptr& error, const Activity& activity);

// Runs `body` and rethrows its exceptions as JavaScript errors with a code.
template <typename Body>
auto guarded(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
}

}  // namespace dppo
