// The only file that includes napi.h: its configuration must come first.
#pragma once

// Every C++ exception becomes a JavaScript one; without this an error from libtorch would abort the process.
#define NODE_ADDON_API_CPP_EXCEPTIONS_ALL
// A worker that is terminated while a job settles cannot take an exception any more.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
