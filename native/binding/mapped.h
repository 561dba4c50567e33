// Files as JavaScript memory.
#pragma once

#include "binding/napi_setup.h"

namespace dppo {

// mapFile(path): an ArrayBuffer over the file's bytes, mapped for as long as it is alive; writes to it stay in memory.
Napi::Value map_file(const Napi::CallbackInfo& info);

}  // namespace dppo
