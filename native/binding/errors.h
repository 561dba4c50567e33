// C++ exceptions as JavaScript errors with a `code`.
#pragma once

#include <exception>

#include "binding/napi_setup.h"

namespace dppo {

Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error);

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
