// Reads the stored entries of a zip archive as torch.save writes them: uncompressed, ZIP64 included.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dppo {

// Returns the data of each entry by name, as views into `archive`. Throws Error(kCheckpointFormat) with `what` in
// front.
std::map<std::string, std::string_view> zip_entries(std::string_view archive, const std::string& what);

}  // namespace dppo
