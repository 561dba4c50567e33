// The stored entries of a zip archive, as torch.save writes them (no compression, ZIP64 understood).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dppo {

// Data of each entry by name, as views into `archive`. Throws Error(kCheckpointFormat) with `what` in front.
std::map<std::string, std::string_view> zip_entries(std::string_view archive, const std::string& what);

}  // namespace dppo
