#include "io/unpickler.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "base/error.h"

namespace dppo {

namespace {

using Value = PickledValue;
using List = PickledValue::List;
using Dict = PickledValue::Dict;

struct StorageType {
  const char* name;
  at::ScalarType dtype;
};

// A state dict nests five deep at most.
constexpr int kMaxDepth = 32;

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

class Machine {
 public:
  Machine(std::string_view data, std::size_t& at, const std::string& what) : data_(data), at_(at), what_(what) {}

  Value run() {
    for (;;) {
      const auto op = static_cast<unsigned char>(take(1)[0]);
      if (op == '.') return pop();
      step(op);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kCheckpointFormat, what_ + ": " + why + " (pickle byte " + std::to_string(at_) + ")");
  }

  std::string_view take(std::size_t count) {
    if (count > data_.size() - at_) fail("the pickle is cut short");
    const auto bytes = data_.substr(at_, count);
    at_ += count;
    return bytes;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string line() {
    const auto end = data_.find('\n', at_);
    if (end == std::string_view::npos) fail("the pickle is cut short");
    const std::string text(data_.substr(at_, end - at_));
    at_ = end + 1;
    return text;
  }

  void push(Value value) { stack_.push_back(std::move(value)); }
  template <typename T>
  void push_of(T value) {
    push(Value{std::move(value)});
  }

  Value pop() {
    if (stack_.empty()) fail("the stack is empty");
    Value value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }

  template <typename T>
  T pop_as(const char* expected) {
    Value value = pop();
    if (T* typed = std::get_if<T>(&value.value)) return std::move(*typed);
    fail(std::string("expected ") + expected);
  }

  template <typename T>
  T& top_as(const char* expected) {
    if (!stack_.empty()) {
      if (T* typed = std::get_if<T>(&stack_.back().value)) return *typed;
    }
    fail(std::string("expected ") + expected);
  }

  std::vector<Value> pop_to_mark() {
    std::vector<Value> items;
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (!std::holds_alternative<Value::Mark>(stack_[i].value)) continue;
      items.assign(std::make_move_iterator(stack_.begin() + static_cast<std::ptrdiff_t>(i) + 1),
                   std::make_move_iterator(stack_.end()));
      stack_.resize(i);
      return items;
    }
    fail("there is no mark");
  }

  static PickledContainer* container_of(const Value& value) {
    if (const List* list = std::get_if<List>(&value.value)) return list->get();
    if (const Dict* dict = std::get_if<Dict>(&value.value)) return dict->get();
    return nullptr;
  }

  // Called before `items` go into `outer`.
  void nest(PickledContainer& outer, const std::vector<Value>& items) {
    for (const Value& item : items) {
      PickledContainer* inner = container_of(item);
      if (inner == nullptr) continue;
      inner->sealed = true;
      outer.depth = std::max(outer.depth, inner->depth + 1);
    }
    if (outer.sealed || outer.depth > kMaxDepth) fail("refused: containers nested too deeply or in themselves");
  }

  List list_of(std::vector<Value> items) {
    auto list = std::make_shared<PickledList>();
    nest(*list, items);
    list->items = std::move(items);
    return list;
  }

  void push_tuple(std::size_t count) {
    std::vector<Value> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push_of(list_of(std::move(items)));
  }

  void set_items(std::vector<Value> items) {
    Dict& dict = top_as<Dict>("a dictionary");
    if (items.size() % 2 != 0) fail("an odd number of dictionary items");
    nest(*dict, items);
    for (std::size_t i = 0; i < items.size(); i += 2) {
      dict->items.emplace_back(std::move(items[i]), std::move(items[i + 1]));
    }
  }

  void append(std::vector<Value> items) {
    List& list = top_as<List>("a list");
    nest(*list, items);
    for (Value& item : items) list->items.push_back(std::move(item));
  }

  Value& remembered(std::size_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("an unknown memo entry");
    return found->second;
  }

  void remember(std::size_t index) {
    if (stack_.empty()) fail("the stack is empty");
    memo_[index] = stack_.back();
  }

  void check_global(const Value::Global& global) const {
    const std::string full = global.module + "." + global.name;
    for (const char* allowed : {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2",
                                "torch._utils._rebuild_parameter", "torch.Size"}) {
      if (full == allowed) return;
    }
    for (const auto& storage : kStorages) {
      if (full == std::string("torch.") + storage.name) return;
    }
    fail("refused: the file asks for " + full + ", which is no part of a plain state dict");
  }

  void push_global(std::string module, std::string name) {
    Value::Global global{std::move(module), std::move(name)};
    check_global(global);
    push_of(std::move(global));
  }

  void load_storage() {
    const List parts = pop_as<List>("a persistent id");
    const std::vector<Value>& id = parts->items;
    if (id.size() < 5) fail("a persistent id with too few parts");
    const auto* kind = std::get_if<std::string>(&id[0].value);
    const auto* type = std::get_if<Value::Global>(&id[1].value);
    const auto* key = std::get_if<std::string>(&id[2].value);
    const auto* elements = std::get_if<std::int64_t>(&id[4].value);
    if (!kind || *kind != "storage" || !type || !key || !elements || *elements < 0) fail("a malformed persistent id");
    if (id.size() > 5 && !std::holds_alternative<Value::None>(id[5].value)) fail("a view of a storage");
    for (const auto& storage : kStorages) {
      if (type->name == storage.name) return push_of(PickledStorage{*key, storage.dtype, *elements});
    }
    fail("the unknown storage type " + type->name);
  }

  std::vector<std::int64_t> integers(const Value& value) {
    const auto* list = std::get_if<List>(&value.value);
    if (!list) fail("expected a tuple of sizes");
    std::vector<std::int64_t> result;
    for (const Value& item : (*list)->items) {
      const auto* number = std::get_if<std::int64_t>(&item.value);
      if (!number || *number < 0) fail("expected a tuple of sizes");
      result.push_back(*number);
    }
    return result;
  }

  Value rebuild_tensor(const std::vector<Value>& arguments) {
    if (arguments.size() < 4) fail("a tensor with too few parts");
    const auto* storage = std::get_if<PickledStorage>(&arguments[0].value);
    const auto* offset = std::get_if<std::int64_t>(&arguments[1].value);
    if (!storage || !offset || *offset < 0) fail("a malformed tensor");
    PickledTensor tensor{*storage, *offset, integers(arguments[2]), integers(arguments[3])};
    if (tensor.shape.size() != tensor.strides.size()) fail("a tensor whose sizes and strides differ in number");
    return Value{std::move(tensor)};
  }

  void reduce() {
    const List arguments = pop_as<List>("arguments");
    const auto function = pop_as<Value::Global>("a function");
    if (function.name == "OrderedDict") return push_of(std::make_shared<PickledDict>());
    if (function.name == "_rebuild_tensor_v2") return push(rebuild_tensor(arguments->items));
    const bool wraps = function.name == "_rebuild_parameter" || function.name == "Size";
    if (wraps && !arguments->items.empty()) return push(arguments->items.front());
    fail("a call of " + function.name);
  }

  // BUILD sets attributes of an OrderedDict (`_metadata`): nothing that matters here.
  void build() {
    pop();
    top_as<Dict>("a dictionary");
  }

  void stack_global() {
    std::string name = pop_as<std::string>("a name");
    std::string module = pop_as<std::string>("a module");
    push_global(std::move(module), std::move(name));
  }

  void long_integer() {
    const auto size = static_cast<std::size_t>(number<std::uint8_t>());
    const auto bytes = take(size);
    if (size > 8) return push_of(std::string(bytes));  // only the magic number of the older format is that long
    std::int64_t value = size > 0 && (bytes[size - 1] & 0x80) ? -1 : 0;
    std::memcpy(&value, bytes.data(), size);
    push_of(value);
  }

  double big_endian_double() {
    auto bits = number<std::uint64_t>();
    bits = __builtin_bswap64(bits);
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  void step(unsigned char op);
  bool step_containers(unsigned char op);
  bool step_memo(unsigned char op);

  std::string_view data_;
  std::size_t& at_;
  const std::string& what_;
  std::vector<Value> stack_;
  std::map<std::size_t, Value> memo_;
};

bool Machine::step_containers(unsigned char op) {
  switch (op) {
    case '(': push_of(Value::Mark{}); return true;
    case '}': push_of(std::make_shared<PickledDict>()); return true;
    case ']':
    case ')': push_of(list_of({})); return true;
    case 't': push_of(list_of(pop_to_mark())); return true;
    case 0x85: push_tuple(1); return true;
    case 0x86: push_tuple(2); return true;
    case 0x87: push_tuple(3); return true;
    case 's': {
      Value value = pop();
      Value key = pop();
      set_items({std::move(key), std::move(value)});
      return true;
    }
    case 'u': set_items(pop_to_mark()); return true;
    case 'a': append({pop()}); return true;
    case 'e': append(pop_to_mark()); return true;
    default: return false;
  }
}

bool Machine::step_memo(unsigned char op) {
  switch (op) {
    case 'q': remember(number<std::uint8_t>()); return true;
    case 'r': remember(number<std::uint32_t>()); return true;
    case 0x94: remember(memo_.size()); return true;
    case 'h': push(remembered(number<std::uint8_t>())); return true;
    case 'j': push(remembered(number<std::uint32_t>())); return true;
    default: return false;
  }
}

void Machine::step(unsigned char op) {
  if (step_containers(op) || step_memo(op)) return;
  switch (op) {
    case 0x80: take(1); return;  // protocol
    case 0x95: take(8); return;  // frame
    case 'X': push_of(std::string(take(number<std::uint32_t>()))); return;
    case 0x8C: push_of(std::string(take(number<std::uint8_t>()))); return;
    case 'K': push_of(static_cast<std::int64_t>(number<std::uint8_t>())); return;
    case 'M': push_of(static_cast<std::int64_t>(number<std::uint16_t>())); return;
    case 'J': push_of(static_cast<std::int64_t>(number<std::int32_t>())); return;
    case 0x8A: long_integer(); return;
    case 'G': push_of(big_endian_double()); return;
    case 'N': push_of(Value::None{}); return;
    case 0x88: push_of(true); return;
    case 0x89: push_of(false); return;
    case 'c': {
      std::string module = line();
      push_global(std::move(module), line());
      return;
    }
    case 0x93: stack_global(); return;
    case 'Q': load_storage(); return;
    case 'R': reduce(); return;
    case 'b': build(); return;
    default: fail("refused: the pickle operation " + std::to_string(op) + " is not allowed");
  }
}

}  // namespace

PickledValue unpickle(std::string_view data, std::size_t& at, const std::string& what) {
  return Machine(data, at, what).run();
}

}  // namespace dppo
