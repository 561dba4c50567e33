// Reads the stored entries of a zip archive as torch.save writes them: uncompressed, ZIP64 included.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace dppo {

// Entries of one archive. A state dict has one a tensor and a few more.
inline constexpr std::uint64_t kMaxZipEntries = 200'000;

// Returns the data of each entry by name, as views into `archive`. Entries that are compressed or share bytes, which
// could make a small file a large one, are refused. Throws Error(kCheckpointFormat) with `what` in front.
std::map<std::string, std::string_view> zip_entries(std::string_view archive, const std::string& what);

}  // namespace dppo
