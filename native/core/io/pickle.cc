#include "io/pickle.h"

#include <ATen/ops/from_blob.h>

#include <cstring>
#include <map>
#include <set>

#include "base/error.h"
#include "io/mapped_file.h"
#include "io/unpickler.h"
#include "io/zip.h"

namespace dppo {

namespace {

using Storages = std::map<std::string, std::string_view>;

// torch.save's magic number 0x1950a86a20f9469cfc6c, little-endian, as the older format begins with it.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::kCheckpointFormat, path + ": " + why);
}

// Returns how many elements of its storage a tensor reaches; sizes are checked against overflow.
std::int64_t needed_elements(const std::string& path, const PickledTensor& tensor) {
  std::int64_t last = tensor.offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] == 0) return 0;
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      fail(path, "a tensor is too large");
    }
  }
  return last + 1;
}

// Strides of zero repeat elements, so that a small file could ask for any amount of memory.
void check_size(const std::string& path, const std::string& name, const PickledTensor& tensor, std::int64_t available) {
  std::int64_t elements = 1;
  for (const std::int64_t size : tensor.shape) {
    if (__builtin_mul_overflow(elements, size, &elements)) elements = available + 1;
    if (elements == 0) return;
    if (elements > available) fail(path, "tensor " + name + " is larger than its storage");
  }
}

at::Tensor make_tensor(const std::string& path, const std::string& name, const PickledTensor& tensor,
                       const Storages& storages) {
  const auto found = storages.find(tensor.storage.key);
  if (found == storages.end()) fail(path, "tensor " + name + " has no data");
  const auto element = static_cast<std::int64_t>(c10::elementSize(tensor.storage.dtype));
  const auto available = static_cast<std::int64_t>(found->second.size()) / element;
  if (needed_elements(path, tensor) > available) fail(path, "tensor " + name + " lies outside its storage");
  check_size(path, name, tensor, available);
  const auto options = at::TensorOptions().dtype(tensor.storage.dtype);
  auto* data = const_cast<char*>(found->second.data()) + tensor.offset * element;
  // Copied: strides and alignment are the file's choice, and a .bin file is read once.
  return at::from_blob(data, tensor.shape, tensor.strides, options).clone(at::MemoryFormat::Contiguous);
}

constexpr const char* kWayOut =
    "; save the weights alone in Python with model.save_pretrained(folder) or torch.save(model.state_dict(), file)";

// Returns the state dict inside the dictionary that a training program saved, or the dictionary itself.
const PickledDict& state_dict_of(const std::string& path, const PickledDict& dict) {
  const PickledDict* found = nullptr;
  for (const auto& [key, item] : dict.items) {
    const auto* name = std::get_if<std::string>(&key.value);
    const auto* inner = std::get_if<PickledValue::Dict>(&item.value);
    const bool wraps = name != nullptr && inner != nullptr &&
                       (*name == "state_dict" || *name == "model_state_dict" || *name == "model" || *name == "module");
    if (!wraps) continue;
    if (found != nullptr) fail(path, std::string("has several state dicts") + kWayOut);
    found = inner->get();
  }
  return found == nullptr ? dict : *found;
}

void collect(const std::string& path, const PickledValue& value, const Storages& storages, NamedTensors& out) {
  const auto* dict = std::get_if<PickledValue::Dict>(&value.value);
  if (dict == nullptr) fail(path, std::string("expected a dictionary of tensors") + kWayOut);
  for (const auto& [key, item] : state_dict_of(path, **dict).items) {
    const auto* name = std::get_if<std::string>(&key.value);
    const auto* tensor = std::get_if<PickledTensor>(&item.value);
    if (name == nullptr) fail(path, std::string("expected a dictionary of tensors under their names") + kWayOut);
    if (tensor == nullptr) fail(path, *name + " is no tensor; expected a dictionary of tensors" + kWayOut);
    out.emplace_back(*name, make_tensor(path, *name, *tensor, storages));
  }
}

NamedTensors read_zip(const std::string& path, std::string_view data) {
  std::string root;
  Storages storages;
  std::string_view pickle;
  for (const auto& [name, content] : zip_entries(data, path)) {
    if (name.ends_with("/data.pkl")) {
      root = name.substr(0, name.size() - 8);
      pickle = content;
    }
  }
  if (root.empty()) fail(path, "the archive has no data.pkl");
  for (const auto& [name, content] : zip_entries(data, path)) {
    const std::string folder = root + "data/";
    if (name.rfind(folder, 0) == 0) storages[name.substr(folder.size())] = content;
  }
  std::size_t at = 0;
  NamedTensors tensors;
  collect(path, unpickle(pickle, at, path), storages, tensors);
  return tensors;
}

// Element sizes of the storages that a value mentions; the older format does not repeat them beside the data.
class StorageSizes {
 public:
  explicit StorageSizes(const PickledValue& value) { visit(value); }
  std::map<std::string, std::size_t> sizes;

 private:
  void visit(const PickledValue& value) {
    if (const auto* tensor = std::get_if<PickledTensor>(&value.value)) {
      sizes[tensor->storage.key] = c10::elementSize(tensor->storage.dtype);
    } else if (const auto* dict = std::get_if<PickledValue::Dict>(&value.value)) {
      if (!seen_.insert(dict->get()).second) return;
      for (const auto& [key, item] : (*dict)->items) visit(item);
    } else if (const auto* list = std::get_if<PickledValue::List>(&value.value)) {
      if (!seen_.insert(list->get()).second) return;
      for (const PickledValue& item : (*list)->items) visit(item);
    }
  }

  std::set<const void*> seen_;  // containers may be shared, and a hostile file could share them at every level
};

// Pickles of magic number, protocol, system, object and storage keys; then per key an element count and the data.
NamedTensors read_legacy(const std::string& path, std::string_view data) {
  std::size_t at = 0;
  const PickledValue magic = unpickle(data, at, path);
  const auto* text = std::get_if<std::string>(&magic.value);
  if (text == nullptr || *text != kMagic) fail(path, "no file of torch.save");
  unpickle(data, at, path);
  unpickle(data, at, path);
  const PickledValue object = unpickle(data, at, path);
  const PickledValue keys = unpickle(data, at, path);
  std::map<std::string, std::size_t> sizes = StorageSizes(object).sizes;
  Storages storages;
  const auto* list = std::get_if<PickledValue::List>(&keys.value);
  if (list == nullptr) fail(path, "expected a list of storages");
  for (const PickledValue& item : (*list)->items) {
    const auto* key = std::get_if<std::string>(&item.value);
    if (key == nullptr || !sizes.contains(*key)) fail(path, "a storage that no tensor uses");
    std::int64_t elements = 0;
    if (data.size() - at < sizeof elements) fail(path, "a storage is cut short");
    std::memcpy(&elements, data.data() + at, sizeof elements);
    at += sizeof elements;
    const std::size_t room = (data.size() - at) / sizes[*key];
    if (elements < 0 || static_cast<std::size_t>(elements) > room) fail(path, "a storage is cut short");
    storages[*key] = data.substr(at, static_cast<std::size_t>(elements) * sizes[*key]);
    at += storages[*key].size();
  }
  NamedTensors tensors;
  collect(path, object, storages, tensors);
  return tensors;
}

}  // namespace

NamedTensors read_pickled_tensors(const std::string& path) {
  const auto file = MappedFile::open(path);
  const std::string_view data = file->text();
  return data.substr(0, 2) == "PK" ? read_zip(path, data) : read_legacy(path, data);
}

}  // namespace dppo
