#include "checkpoint/rope_json.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/excerpt.h"
#include "base/names.h"

namespace dppo {

namespace {

// transformers has no defaults for these values, and it keeps values for each kind of layer in objects of their own.
void require_rope_values(const ConfigKeys& rope, RopeType type) {
  for (const char* nested : {"full_attention", "sliding_attention"}) {
    if (rope.find(nested) != nullptr) rope.fail(nested, "rope values that are the same for all layers");
  }
  std::vector<std::string> names;
  if (type != RopeType::kDefault) names = {"factor"};
  if (type == RopeType::kLlama3) {
    names.insert(names.end(), {"low_freq_factor", "high_freq_factor", "original_max_position_embeddings"});
  }
  for (const std::string& name : names) {
    if (rope.find(name) == nullptr) rope.fail(name, "a number for this rope_type");
  }
}

// The rotary embeddings that one object of the file describes.
struct RopeValues {
  double theta = 10000.0;
  RopeScaling scaling;

  bool operator==(const RopeValues&) const = default;
};

RopeType read_rope_type(const ConfigKeys& keys, const ConfigKeys& rope) {
  const std::string name = rope.string("rope_type", rope.string("type", "default"));
  const std::optional<RopeType> type = find_enum<RopeType>(name);
  if (!type) {
    keys.fail("rope_type \"" + excerpt(name) + "\"", list_alternatives(enum_names<RopeType>()));
  }
  // transformers has preferred either of the two in its versions.
  if (rope.find("rope_type") != nullptr && rope.string("type", name) != name) {
    keys.fail("rope_type \"" + excerpt(name) + "\"", "the same as type");
  }
  return *type;
}

RopeScaling read_rope_scaling(const ConfigKeys& keys, const ConfigKeys& rope) {
  RopeScaling scaling;
  scaling.type = read_rope_type(keys, rope);
  require_rope_values(rope, scaling.type);
  if (scaling.type == RopeType::kDefault) return scaling;
  scaling.factor = rope.number("factor", 1.0);
  if (!(scaling.factor > 0)) keys.fail("factor", "a number above 0");
  if (scaling.type != RopeType::kLlama3) return scaling;
  scaling.low_freq_factor = rope.number("low_freq_factor", 1.0);
  scaling.high_freq_factor = rope.number("high_freq_factor", 4.0);
  scaling.original_positions = rope.number("original_max_position_embeddings", 8192.0);
  if (!(scaling.original_positions > 0)) keys.fail("original_max_position_embeddings", "a number above 0");
  if (!(scaling.low_freq_factor > 0 && scaling.high_freq_factor > scaling.low_freq_factor)) {
    keys.fail("high_freq_factor", "a number above low_freq_factor, and that above 0");
  }
  return scaling;
}

// Reads the object `name` of the file. Versions of transformers differ in whether it or the file itself comes first, so
// that both must say the same.
RopeValues read_rope_object(const ConfigKeys& keys, const std::string& name, const Json& object) {
  const ConfigKeys rope(object, keys.file());
  RopeValues values{keys.number("rope_theta", 10000.0), read_rope_scaling(keys, rope)};
  const double outer = values.theta;
  values.theta = rope.number("rope_theta", outer);
  if (keys.find("rope_theta") != nullptr && values.theta != outer) keys.fail("rope_theta", "the same as in " + name);
  const char* positions = "original_max_position_embeddings";
  if (values.scaling.type == RopeType::kLlama3 &&
      keys.number(positions, values.scaling.original_positions) != values.scaling.original_positions) {
    keys.fail(positions, "the same as in " + name);
  }
  return values;
}

// Returns the objects of the file that have values, with their names. The first is the one that transformers follows.
std::vector<std::pair<std::string, const Json*>> rope_objects(const ConfigKeys& keys) {
  std::vector<std::pair<std::string, const Json*>> objects;
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const Json* object = keys.find(name);
    if (object == nullptr) continue;
    if (!object->is_object()) keys.fail(name, "an object");
    if (!object->as_object().empty()) objects.emplace_back(name, object);
  }
  return objects;
}

}  // namespace

void read_rope(const ConfigKeys& keys, ModelConfig& config) {
  std::optional<RopeValues> values;
  for (const auto& [name, object] : rope_objects(keys)) {
    const RopeValues these = read_rope_object(keys, name, *object);
    if (values && *values != these) keys.fail("rope_scaling", "the same values as in rope_parameters");
    values = these;
  }
  config.rope_theta = values ? values->theta : keys.number("rope_theta", 10000.0);
  if (values) config.rope = values->scaling;
}

const Json* find_rope_object(const ConfigKeys& keys) {
  const auto objects = rope_objects(keys);
  return objects.empty() ? nullptr : objects.front().second;
}

}  // namespace dppo
