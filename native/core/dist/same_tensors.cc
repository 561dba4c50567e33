#include "dist/same_tensors.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace dppo {

namespace {

// FNV-1a (Fowler, Noll & Vo) over words of eight bytes; the last word of a tensor is filled up with zeros.
std::uint64_t hash_bytes(std::uint64_t hash, const char* data, std::size_t size) {
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + at, std::min(sizeof(word), size - at));
    hash = (hash ^ word) * 0x100000001B3ULL;
  }
  return hash;
}

}  // namespace

void require_same(const NamedTensors& tensors, const std::string& what, Communicator& group) {
  if (group.size() == 1) return;
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor flat = tensor.detach().cpu().contiguous();
    hash = hash_bytes(hash, static_cast<const char*>(flat.const_data_ptr()), flat.nbytes());
  }
  const std::vector<std::string> all = group.all_gather(std::to_string(hash));
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == all.front()) continue;
    throw Error(ErrorKind::kModel, what + " of rank " + std::to_string(rank) +
                                       " are not those of rank 0; expected the same files on every machine");
  }
}

}  // namespace dppo
