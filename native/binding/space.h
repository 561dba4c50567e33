// Learning of semantic spaces as one call.
#pragma once

#include "binding/napi_setup.h"

namespace dppo {

// learnSpace(kind, tokens, offsets, words, options, listener?): a job that yields { dimensions, values }.
Napi::Value learn_space(const Napi::CallbackInfo& info);

}  // namespace dppo
