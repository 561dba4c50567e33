// Limits of the tensors that a weight file may hold, and the errors for files that break them or are damaged.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/excerpt.h"

namespace dppo {

// Tensors of one file. The largest network that a configuration can describe has a fifth of this.
inline constexpr std::size_t kMaxTensors = 100'000;

// Dimensions of a tensor. Those of language models have two.
inline constexpr std::size_t kMaxDimensions = 8;

// What a user can do about a file of torch.save that holds more than weights; ends the message.
inline constexpr const char* kWayOut =
    "; save the weights alone in Python with model.save_pretrained(folder) or torch.save(model.state_dict(), file)";

// Returns the error for a weight file that is damaged or refused.
inline Error weight_file_error(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kCheckpointFormat, path + ": " + why);
}

// Returns the error for a tensor of a weight file that is damaged or refused.
inline Error tensor_error(const std::string& path, std::string_view name, const std::string& why) {
  return Error(ErrorKind::kCheckpointFormat, path + ": tensor " + excerpt(name) + " " + why);
}

}  // namespace dppo
