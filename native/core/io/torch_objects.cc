#include "io/torch_objects.h"

#include <array>
#include <optional>
#include <string>

#include "base/excerpt.h"
#include "io/tensor_limits.h"

namespace dppo {

namespace {

struct StorageType {
  const char* name;
  at::ScalarType dtype;
};

constexpr std::array<StorageType, 9> kStorages{{
    {"FloatStorage", at::ScalarType::Float},
    {"HalfStorage", at::ScalarType::Half},
    {"BFloat16Storage", at::ScalarType::BFloat16},
    {"DoubleStorage", at::ScalarType::Double},
    {"LongStorage", at::ScalarType::Long},
    {"IntStorage", at::ScalarType::Int},
    {"ShortStorage", at::ScalarType::Short},
    {"ByteStorage", at::ScalarType::Byte},
    {"BoolStorage", at::ScalarType::Bool},
}};

std::optional<at::ScalarType> storage_dtype(std::string_view name) {
  for (const auto& storage : kStorages) {
    if (name == storage.name) return storage.dtype;
  }
  return std::nullopt;
}

std::vector<std::int64_t> sizes(const PickleReader& reader, const PickledValue& value) {
  const auto* list = std::get_if<PickledValue::List>(&value.value);
  if (!list) reader.fail("expected a tuple of sizes");
  if ((*list)->items.size() > kMaxDimensions) reader.fail("a tensor with too many dimensions");
  std::vector<std::int64_t> result;
  for (const PickledValue& item : (*list)->items) {
    const auto* number = std::get_if<std::int64_t>(&item.value);
    if (!number || *number < 0) reader.fail("expected a tuple of sizes");
    result.push_back(*number);
  }
  return result;
}

PickledValue::Tensor rebuild_tensor(const PickleReader& reader, const std::vector<PickledValue>& arguments) {
  if (arguments.size() < 4) reader.fail("a tensor with too few parts");
  const auto* storage = std::get_if<PickledStorage>(&arguments[0].value);
  const auto* offset = std::get_if<std::int64_t>(&arguments[1].value);
  if (!storage || !offset || *offset < 0) reader.fail("a malformed tensor");
  PickledTensor tensor{*storage, *offset, sizes(reader, arguments[2]), sizes(reader, arguments[3])};
  if (tensor.shape.size() != tensor.strides.size()) reader.fail("a tensor whose sizes and strides differ in number");
  return std::make_shared<const PickledTensor>(std::move(tensor));
}

}  // namespace

void check_global(const PickleReader& reader, const PickledValue::Global& global) {
  const std::string full = excerpt(global.module) + "." + excerpt(global.name);
  for (const char* allowed : {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2",
                              "torch._utils._rebuild_parameter", "torch.Size"}) {
    if (full == allowed) return;
  }
  if (global.module == "torch" && storage_dtype(global.name)) return;
  reader.fail("refused: the file asks for " + full + ", which is no part of a plain state dict" + kWayOut);
}

PickledStorage storage_from_id(const PickleReader& reader, const std::vector<PickledValue>& id) {
  if (id.size() < 5) reader.fail("a persistent id with too few parts");
  const auto* kind = std::get_if<std::string_view>(&id[0].value);
  const auto* type = std::get_if<PickledValue::Global>(&id[1].value);
  const auto* key = std::get_if<std::string_view>(&id[2].value);
  const auto* elements = std::get_if<std::int64_t>(&id[4].value);
  const bool valid = kind && *kind == "storage" && type && key && elements && *elements >= 0;
  if (!valid) reader.fail("a malformed persistent id");
  if (id.size() > 5 && !std::holds_alternative<PickledValue::None>(id[5].value)) reader.fail("a view of a storage");
  const auto dtype = storage_dtype(type->name);
  if (!dtype) reader.fail("the unknown storage type " + excerpt(type->name));
  return {*key, *dtype};
}

PickledValue call_global(const PickleReader& reader, const PickledValue::Global& function,
                         const std::vector<PickledValue>& arguments) {
  if (function.name == "OrderedDict") return {std::make_shared<PickledDict>()};
  if (function.name == "_rebuild_tensor_v2") return {rebuild_tensor(reader, arguments)};
  const bool wraps = function.name == "_rebuild_parameter" || function.name == "Size";
  if (wraps && !arguments.empty()) return arguments.front();
  reader.fail("a call of " + excerpt(function.name));
}

}  // namespace dppo
