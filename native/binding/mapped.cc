#include "binding/mapped.h"

#include <memory>

#include "base/error.h"
#include "binding/args.h"
#include "binding/errors.h"
#include "io/mapped_file.h"

namespace dppo {

Napi::Value map_file(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::string path = string_arg(info[0], "path");
    const auto file = MappedFile::open(path, MapAccess::kCopyOnWrite);
    if (file->size() == 0) throw Error(ErrorKind::kData, path + " is empty");
    // The buffer's finalizer gives up the last reference.
    auto* keep = new std::shared_ptr<MappedFile>(file);
    return Napi::ArrayBuffer::New(
        info.Env(), const_cast<std::byte*>(file->data()), file->size(),
        [](Napi::Env, void*, std::shared_ptr<MappedFile>* held) { delete held; }, keep);
  });
}

}  // namespace dppo
