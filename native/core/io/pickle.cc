#include "io/pickle.h"

#include <ATen/ops/empty.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/error.h"
#include "base/excerpt.h"
#include "base/shape.h"
#include "io/file.h"
#include "io/tensor_limits.h"
#include "io/unpickler.h"
#include "io/zip.h"

namespace dppo {

namespace {

using Storages = std::map<std::string_view, std::string_view, std::less<>>;

// torch.save's magic number 0x1950a86a20f9469cfc6c, little-endian, as the older format begins with it.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);

std::string_view bytes_of(const at::Tensor& file) {
  return {static_cast<const char*>(file.const_data_ptr()), file.nbytes()};
}

// Makes the tensors of a file that is in memory.
class TensorMaker {
 public:
  TensorMaker(const std::string& path, at::Tensor file, const Storages& storages)
      : path_(path), file_(std::move(file)), storages_(storages), left_(kMaxSharing * file_.nbytes()) {}

  at::Tensor make(std::string_view name, const PickledTensor& tensor) {
    const auto found = storages_.find(tensor.storage.key);
    if (found == storages_.end()) fail("has no data", name);
    const std::string_view data = found->second;
    const auto element = static_cast<std::int64_t>(c10::elementSize(tensor.storage.dtype));
    const auto options = at::TensorOptions().dtype(tensor.storage.dtype);
    const std::int64_t span = check_place(name, tensor, static_cast<std::int64_t>(data.size()) / element);
    const char* first = data.data() + tensor.offset * element;
    const bool aligned = reinterpret_cast<std::uintptr_t>(first) % static_cast<std::uintptr_t>(element) == 0;
    count_bytes(name, std::max(c10::multiply_integers(tensor.shape), aligned ? 0 : span) * element);
    const at::Tensor bytes = aligned ? file_ : copy_of(data.substr(tensor.offset * element, span * element));
    // The storage of a file starts at a multiple of 64 bytes, so that an aligned element has a whole index in it.
    const std::int64_t index = aligned ? (first - bytes_of(file_).data()) / element : 0;
    const at::Tensor view = at::empty({0}, options).set_(bytes.storage(), index, tensor.shape, tensor.strides);
    return view.is_contiguous() ? view : view.clone(at::MemoryFormat::Contiguous);
  }

 private:
  [[noreturn]] void fail(const std::string& why, std::string_view name) const { throw tensor_error(path_, name, why); }

  // Returns how many of the `available` elements of its storage the tensor spans. Throws unless it lies within them.
  std::int64_t check_place(std::string_view name, const PickledTensor& tensor, std::int64_t available) const {
    if (!span_of_shape(tensor.shape)) fail("is too large", name);
    if (tensor.offset > available) fail("lies outside its storage", name);
    std::int64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      if (tensor.shape[i] == 0) return 0;
      std::int64_t reach = 0;
      if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) ||
          __builtin_add_overflow(last, reach, &last)) {
        fail("is too large", name);
      }
    }
    if (last >= available) fail("lies outside its storage", name);
    return last - tensor.offset + 1;
  }

  // Strides of zero and shared storages repeat elements, so that a small file could ask for any amount of memory.
  void count_bytes(std::string_view name, std::int64_t bytes) {
    if (static_cast<std::uint64_t>(bytes) > left_) {
      fail("is larger than its storage: up to it, the tensors use the bytes of the file more than " +
               std::to_string(kMaxSharing) + " times",
           name);
    }
    left_ -= static_cast<std::uint64_t>(bytes);
  }

  static at::Tensor copy_of(std::string_view data) {
    at::Tensor copy = at::empty({static_cast<std::int64_t>(data.size())}, at::kByte);
    std::memcpy(copy.mutable_data_ptr(), data.data(), data.size());
    return copy;
  }

  const std::string& path_;
  at::Tensor file_;  // its bytes, which the views keep alive
  const Storages& storages_;
  std::uint64_t left_;  // bytes that further tensors may have
};

// Returns the state dict inside the dictionary that a training program saved, or the dictionary itself.
const PickledDict& state_dict_of(const std::string& path, const PickledDict& dict) {
  const PickledDict* found = nullptr;
  for (const auto& [key, item] : dict.items) {
    const auto* name = std::get_if<std::string_view>(&key.value);
    const auto* inner = std::get_if<PickledValue::Dict>(&item.value);
    const bool wraps = name != nullptr && inner != nullptr &&
                       (*name == "state_dict" || *name == "model_state_dict" || *name == "model" || *name == "module");
    if (!wraps) continue;
    if (found != nullptr) throw weight_file_error(path, std::string("has several state dicts").append(kWayOut));
    found = inner->get();
  }
  return found == nullptr ? dict : *found;
}

NamedTensors collect(const std::string& path, const PickledValue& value, TensorMaker maker) {
  const auto* dict = std::get_if<PickledValue::Dict>(&value.value);
  if (dict == nullptr) throw weight_file_error(path, std::string("expected a dictionary of tensors").append(kWayOut));
  NamedTensors tensors;
  for (const auto& [key, item] : state_dict_of(path, **dict).items) {
    const auto* name = std::get_if<std::string_view>(&key.value);
    const auto* tensor = std::get_if<PickledValue::Tensor>(&item.value);
    if (name == nullptr)
      throw weight_file_error(path, std::string("expected a dictionary of tensors under their names").append(kWayOut));
    if (tensor == nullptr)
      throw weight_file_error(path, excerpt(*name) + " is no tensor; expected a dictionary of tensors" + kWayOut);
    if (tensors.size() == kMaxTensors)
      throw weight_file_error(path, "more than " + std::to_string(kMaxTensors) + " tensors");
    tensors.emplace_back(*name, maker.make(*name, **tensor));
  }
  return tensors;
}

// Throws unless the numbers of an archive are little-endian. Versions of torch before 2.1 do not name their order.
void check_byte_order(const std::string& path, std::string_view order) {
  if (order == "little") return;
  throw weight_file_error(path,
                          "the numbers have the byte order \"" + excerpt(order) + "\"; expected little" + kWayOut);
}

NamedTensors read_zip(const std::string& path, const at::Tensor& file) {
  std::string root;
  Storages storages;
  std::string_view pickle;
  const auto entries = zip_entries(bytes_of(file), path);
  for (const auto& [name, content] : entries) {
    if (name.ends_with("/data.pkl")) {
      root = name.substr(0, name.size() - 8);
      pickle = content;
    }
  }
  if (root.empty()) throw weight_file_error(path, "the archive has no data.pkl");
  if (const auto order = entries.find(root + "byteorder"); order != entries.end()) {
    check_byte_order(path, order->second);
  }
  const std::string folder = root + "data/";
  for (const auto& [name, content] : entries) {
    if (name.starts_with(folder)) storages[std::string_view(name).substr(folder.size())] = content;
  }
  std::size_t at = 0;
  return collect(path, unpickle(pickle, at, path), TensorMaker(path, file, storages));
}

using StorageSizes = std::map<std::string_view, std::size_t>;

// Adds the storages that a value mentions. Containers may be shared, and a hostile file could share them at every
// level: each is visited once.
void add_storage_sizes(const PickledValue& value, std::set<const void*>& visited, StorageSizes& sizes) {
  if (const auto* tensor = std::get_if<PickledValue::Tensor>(&value.value)) {
    sizes[(*tensor)->storage.key] = c10::elementSize((*tensor)->storage.dtype);
  } else if (const auto* dict = std::get_if<PickledValue::Dict>(&value.value)) {
    if (!visited.insert(dict->get()).second) return;
    for (const auto& [key, item] : (*dict)->items) add_storage_sizes(item, visited, sizes);
  } else if (const auto* list = std::get_if<PickledValue::List>(&value.value)) {
    if (!visited.insert(list->get()).second) return;
    for (const PickledValue& item : (*list)->items) add_storage_sizes(item, visited, sizes);
  }
}

// Returns the element sizes of the storages that a value mentions; the older format does not repeat them beside the
// data.
StorageSizes storage_sizes(const PickledValue& value) {
  std::set<const void*> visited;
  StorageSizes sizes;
  add_storage_sizes(value, visited, sizes);
  return sizes;
}

// Pickles of magic number, protocol, system, object and storage keys; then per key an element count and the data.
NamedTensors read_legacy(const std::string& path, const at::Tensor& file) {
  const std::string_view data = bytes_of(file);
  std::size_t at = 0;
  const PickledValue magic = unpickle(data, at, path);
  const auto* text = std::get_if<std::string_view>(&magic.value);
  if (text == nullptr || *text != kMagic) throw weight_file_error(path, "no file of torch.save");
  unpickle(data, at, path);
  unpickle(data, at, path);
  const PickledValue object = unpickle(data, at, path);
  const PickledValue keys = unpickle(data, at, path);
  const StorageSizes sizes = storage_sizes(object);
  Storages storages;
  const auto* list = std::get_if<PickledValue::List>(&keys.value);
  if (list == nullptr) throw weight_file_error(path, "expected a list of storages");
  for (const PickledValue& item : (*list)->items) {
    const auto* key = std::get_if<std::string_view>(&item.value);
    if (key == nullptr || !sizes.contains(*key)) throw weight_file_error(path, "a storage that no tensor uses");
    std::int64_t elements = 0;
    if (data.size() - at < sizeof elements) throw weight_file_error(path, "a storage is cut short");
    std::memcpy(&elements, data.data() + at, sizeof elements);
    at += sizeof elements;
    const std::size_t room = (data.size() - at) / sizes.at(*key);
    if (elements < 0 || static_cast<std::size_t>(elements) > room)
      throw weight_file_error(path, "a storage is cut short");
    storages[*key] = data.substr(at, static_cast<std::size_t>(elements) * sizes.at(*key));
    at += storages[*key].size();
  }
  return collect(path, object, TensorMaker(path, file, storages));
}

}  // namespace

NamedTensors read_pickled_tensors(const std::string& path) {
  const at::Tensor file = InputFile(path).read_all();
  return bytes_of(file).starts_with("PK") ? read_zip(path, file) : read_legacy(path, file);
}

}  // namespace dppo
