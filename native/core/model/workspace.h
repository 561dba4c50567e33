// Memory that lives with a model between calls.
#pragma once

#include <memory>
#include <utility>

namespace dppo {

// What a caller needs again at the next call, such as a key/value cache or CUDA graphs. It ends with the model.
class Workspace {
 public:
  virtual ~Workspace() = default;
};

// Returns the workspace if it is a T that `fits`, else replaces it by what `create` returns. The old one is freed
// first, so that its memory serves the new one.
template <typename T, typename Fits, typename Create>
T& reuse_or_create(std::unique_ptr<Workspace>& workspace, Fits fits, Create create) {
  auto* const existing = dynamic_cast<T*>(workspace.get());
  if (existing != nullptr && fits(*existing)) return *existing;
  workspace.reset();
  std::unique_ptr<T> created = create();
  T& result = *created;
  workspace = std::move(created);
  return result;
}

}  // namespace dppo
