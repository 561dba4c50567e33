// Reads pickles of state dicts: containers, numbers, strings and tensors. Nothing is imported or called. Texts are
// views of the pickle, and what has parts is shared, so that a value which the file repeats costs no more memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dppo {

// A storage named by a persistent id; its data is attached later.
struct PickledStorage {
  std::string_view key;
  at::ScalarType dtype;
};

struct PickledTensor {
  PickledStorage storage;
  std::int64_t offset;  // in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

struct PickledList;
struct PickledDict;

struct PickledValue {
  struct None {};
  struct Mark {};
  struct Global {
    std::string_view module;
    std::string_view name;
  };
  using List = std::shared_ptr<PickledList>;  // lists and tuples
  using Dict = std::shared_ptr<PickledDict>;
  using Tensor = std::shared_ptr<const PickledTensor>;
  std::variant<None, Mark, bool, std::int64_t, double, std::string_view, Global, List, Dict, PickledStorage, Tensor>
      value;
};

// `depth` is the nesting inside the container. A container that is inside another one is sealed: it cannot grow any
// more. Together they keep nesting shallow and free of cycles, so that destructors need little stack.
struct PickledContainer {
  int depth = 0;
  bool sealed = false;
};
struct PickledList : PickledContainer {
  std::vector<PickledValue> items;
};
struct PickledDict : PickledContainer {
  std::vector<std::pair<PickledValue, PickledValue>> items;
};

// Values and memo entries that one pickle may make, about forty a tensor. Each takes at most 128 bytes.
inline constexpr std::size_t kMaxPickledValues = 4'000'000;

// Reads one pickle from position `at`, which then points after it. `data` must outlive the result. Throws
// Error(kCheckpointFormat) with `what` in front.
PickledValue unpickle(std::string_view data, std::size_t& at, const std::string& what);

}  // namespace dppo
