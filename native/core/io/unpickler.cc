#include "io/unpickler.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "io/pickle_reader.h"
#include "io/torch_objects.h"

namespace dppo {

namespace {

using Value = PickledValue;
using List = PickledValue::List;
using Dict = PickledValue::Dict;

// A state dict nests five deep at most.
constexpr int kMaxDepth = 32;

class Machine {
 public:
  explicit Machine(PickleReader reader) : reader_(reader) {}

  Value run() {
    for (;;) {
      const auto op = static_cast<unsigned char>(reader_.take(1)[0]);
      if (op == '.') return pop();
      step(op);
    }
  }

 private:
  void count_value() {
    if (++values_ > kMaxPickledValues) {
      reader_.fail("refused: more than " + std::to_string(kMaxPickledValues) + " values");
    }
  }

  void push(Value value) {
    count_value();
    stack_.push_back(std::move(value));
  }
  template <typename T>
  void push_of(T value) {
    push(Value{std::move(value)});
  }

  Value pop() {
    if (stack_.empty()) reader_.fail("the stack is empty");
    Value value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }

  template <typename T>
  T pop_as(const char* expected) {
    Value value = pop();
    if (T* typed = std::get_if<T>(&value.value)) return std::move(*typed);
    reader_.fail(std::string("expected ").append(expected));
  }

  template <typename T>
  T& top_as(const char* expected) {
    if (!stack_.empty()) {
      if (T* typed = std::get_if<T>(&stack_.back().value)) return *typed;
    }
    reader_.fail(std::string("expected ").append(expected));
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
    reader_.fail("there is no mark");
  }

  static PickledContainer* container(const Value& value) {
    if (const List* list = std::get_if<List>(&value.value)) return list->get();
    if (const Dict* dict = std::get_if<Dict>(&value.value)) return dict->get();
    return nullptr;
  }

  // Called before `items` go into `outer`.
  void nest(PickledContainer& outer, const std::vector<Value>& items) {
    for (const Value& item : items) {
      PickledContainer* inner = container(item);
      if (inner == nullptr) continue;
      inner->sealed = true;
      outer.depth = std::max(outer.depth, inner->depth + 1);
    }
    if (outer.sealed || outer.depth > kMaxDepth) reader_.fail("refused: containers nested too deeply or in themselves");
  }

  List make_list(std::vector<Value> items) {
    auto list = std::make_shared<PickledList>();
    nest(*list, items);
    list->items = std::move(items);
    return list;
  }

  void push_tuple(std::size_t count) {
    std::vector<Value> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push_of(make_list(std::move(items)));
  }

  void set_items(std::vector<Value> items) {
    Dict& dict = top_as<Dict>("a dictionary");
    if (items.size() % 2 != 0) reader_.fail("an odd number of dictionary items");
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
    if (found == memo_.end()) reader_.fail("an unknown memo entry");
    return found->second;
  }

  void remember(std::size_t index) {
    if (stack_.empty()) reader_.fail("the stack is empty");
    count_value();
    memo_[index] = stack_.back();
  }

  void push_global(std::string_view module, std::string_view name) {
    const Value::Global global{module, name};
    check_global(reader_, global);
    push_of(global);
  }

  void load_storage() {
    const List id = pop_as<List>("a persistent id");
    push_of(storage_from_id(reader_, id->items));
  }

  void reduce() {
    const List arguments = pop_as<List>("arguments");
    const auto function = pop_as<Value::Global>("a function");
    push(call_global(reader_, function, arguments->items));
  }

  // BUILD sets attributes of an OrderedDict (`_metadata`), which hold no weights.
  void build() {
    pop();
    top_as<Dict>("a dictionary");
  }

  void stack_global() {
    const auto name = pop_as<std::string_view>("a name");
    push_global(pop_as<std::string_view>("a module"), name);
  }

  void long_integer() {
    const auto size = static_cast<std::size_t>(reader_.number<std::uint8_t>());
    const auto bytes = reader_.take(size);
    if (size > 8) return push_of(bytes);  // only the magic number of the older format is that long
    std::int64_t value = size > 0 && (bytes[size - 1] & 0x80) ? -1 : 0;
    std::memcpy(&value, bytes.data(), size);
    push_of(value);
  }

  void step(unsigned char op);
  bool step_containers(unsigned char op);
  bool step_memo(unsigned char op);

  PickleReader reader_;
  std::vector<Value> stack_;
  std::map<std::size_t, Value> memo_;
  std::size_t values_ = 0;
};

bool Machine::step_containers(unsigned char op) {
  switch (op) {
    case '(': push_of(Value::Mark{}); return true;
    case '}': push_of(std::make_shared<PickledDict>()); return true;
    case ']':
    case ')': push_of(make_list({})); return true;
    case 't': push_of(make_list(pop_to_mark())); return true;
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
    case 'q': remember(reader_.number<std::uint8_t>()); return true;
    case 'r': remember(reader_.number<std::uint32_t>()); return true;
    case 0x94: remember(memo_.size()); return true;
    case 'h': push(remembered(reader_.number<std::uint8_t>())); return true;
    case 'j': push(remembered(reader_.number<std::uint32_t>())); return true;
    default: return false;
  }
}

void Machine::step(unsigned char op) {
  if (step_containers(op) || step_memo(op)) return;
  switch (op) {
    case 0x80: reader_.take(1); return;  // protocol
    case 0x95: reader_.take(8); return;  // frame
    case 'X': push_of(reader_.take(reader_.number<std::uint32_t>())); return;
    case 0x8C: push_of(reader_.take(reader_.number<std::uint8_t>())); return;
    case 'K': push_of(static_cast<std::int64_t>(reader_.number<std::uint8_t>())); return;
    case 'M': push_of(static_cast<std::int64_t>(reader_.number<std::uint16_t>())); return;
    case 'J': push_of(static_cast<std::int64_t>(reader_.number<std::int32_t>())); return;
    case 0x8A: long_integer(); return;
    case 'G': push_of(reader_.big_endian_double()); return;
    case 'N': push_of(Value::None{}); return;
    case 0x88: push_of(true); return;
    case 0x89: push_of(false); return;
    case 'c': {
      const auto module = reader_.line();
      push_global(module, reader_.line());
      return;
    }
    case 0x93: stack_global(); return;
    case 'Q': load_storage(); return;
    case 'R': reduce(); return;
    case 'b': build(); return;
    default: reader_.fail("refused: the pickle operation " + std::to_string(op) + " is not allowed");
  }
}

}  // namespace

PickledValue unpickle(std::string_view data, std::size_t& at, const std::string& what) {
  return Machine(PickleReader(data, at, what)).run();
}

}  // namespace dppo
