#include "base/memory_reuse.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace dppo {

namespace {

// Smaller pieces come from memory that the C library keeps by itself.
constexpr std::size_t kMinBlock = 128 * 1024;

// A block serves pieces down to 7/8 of its size.
bool serves(std::size_t block, std::size_t piece) { return block - piece <= block / 8; }

struct Block {
  void* data;
  std::size_t bytes;
};

// Sits before libtorch's allocator of the machine's memory, which provides all blocks.
class ReusingAllocator final : public c10::Allocator {
 public:
  // Lives to the end of the process, because tensors of static objects may.
  static ReusingAllocator& instance() {
    static auto& allocator = *new ReusingAllocator;
    return allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* data = bytes < kMinBlock ? nullptr : take(bytes);
    // Its deleter is the inner allocator's, to which give_back passes memory that it does not know.
    if (data == nullptr) return inner_->allocate(bytes);
    return {data, data, &give_back, c10::DeviceType::CPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override { inner_->copy_data(to, from, bytes); }

  void open() {
    const std::lock_guard lock(mutex_);
    if (scopes_++ == 0) peak_ = live_;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      if (--scopes_ > 0) return;
    }
    release_cached();
  }

  std::size_t cached_bytes() {
    const std::lock_guard lock(mutex_);
    return cached_bytes_;
  }

 private:
  using Blocks = std::list<Block>;

  // Returns memory for `bytes` that give_back knows; null when no scope is open.
  void* take(std::size_t bytes) {
    Blocks evicted;
    {
      const std::lock_guard lock(mutex_);
      if (scopes_ == 0) return nullptr;
      const auto found = by_size_.lower_bound(bytes);
      if (found != by_size_.end() && serves(found->first, bytes)) return reuse(found);
      trim(evicted, bytes);
    }
    release(evicted);
    void* data = allocate_block(bytes);
    try {
      const std::lock_guard lock(mutex_);
      use({data, bytes});
    } catch (...) {
      inner_->raw_deallocate(data);
      throw;
    }
    return data;
  }

  using BySize = std::multimap<std::size_t, Blocks::iterator>;

  void* reuse(BySize::iterator cached) {
    const Block block = *cached->second;
    use(block);
    cached_bytes_ -= block.bytes;
    cached_.erase(cached->second);
    by_size_.erase(cached);
    return block.data;
  }

  void use(const Block& block) {
    in_use_.emplace(block.data, block.bytes);
    live_ += block.bytes;
    peak_ = std::max(peak_, live_);
  }

  // Frees all cached blocks before it fails.
  void* allocate_block(std::size_t bytes) {
    try {
      return inner_->raw_allocate(bytes);
    } catch (const c10::Error&) {
      release_cached();
    }
    return inner_->raw_allocate(bytes);
  }

  static void give_back(void* data) { instance().cache_or_release(data); }

  void cache_or_release(void* data) {
    Blocks evicted;
    if (!cache(data, evicted)) inner_->raw_deallocate(data);
    release(evicted);
  }

  // Caches a block for reuse, and moves the blocks that must go for it to `evicted`. Returns false if it cannot be
  // cached. Tensors are freed by this, so it must not throw.
  bool cache(void* data, Blocks& evicted) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = in_use_.find(data);
    if (found == in_use_.end()) return false;
    const std::size_t bytes = found->second;
    in_use_.erase(found);
    live_ -= bytes;
    if (scopes_ == 0) return false;
    try {
      Blocks block{{data, bytes}};
      by_size_.emplace(bytes, block.begin());
      cached_.splice(cached_.end(), block);
    } catch (const std::bad_alloc&) {
      return false;
    }
    cached_bytes_ += bytes;
    trim(evicted, 0);
    return true;
  }

  void release_cached() {
    Blocks evicted;
    {
      const std::lock_guard lock(mutex_);
      by_size_.clear();
      evicted.swap(cached_);
      cached_bytes_ = 0;
    }
    release(evicted);
  }

  void release(const Blocks& blocks) {
    for (const Block& block : blocks) inner_->raw_deallocate(block.data);
  }

  // Moves the oldest blocks to `evicted`, until `needed` bytes more would not exceed the peak.
  void trim(Blocks& evicted, std::size_t needed) {
    while (!cached_.empty() && live_ + cached_bytes_ + needed > peak_) {
      auto at = by_size_.lower_bound(cached_.front().bytes);
      while (at->second != cached_.begin()) ++at;
      by_size_.erase(at);
      cached_bytes_ -= cached_.front().bytes;
      evicted.splice(evicted.end(), cached_, cached_.begin());
    }
  }

  c10::Allocator* inner_ = c10::GetCPUAllocator();
  std::mutex mutex_;
  std::unordered_map<void*, std::size_t> in_use_;  // blocks and their bytes
  Blocks cached_;                                  // the oldest first
  BySize by_size_;
  std::size_t scopes_ = 0;
  std::size_t live_ = 0;  // bytes of the blocks in use
  std::size_t cached_bytes_ = 0;
  std::size_t peak_ = 0;  // of live_ since the first scope was opened
};

// glibc comes to serve all blocks up to the largest that it has got back, at most 32 MiB, from its arenas. There a
// small piece after a block can keep its memory from the next step: a process grew by a block of 8 MB with each.
// Blocks that are mapped one by one go back to the system when they are freed. The limits hold for the whole process,
// whose other blocks of this size are rare. The second one is what glibc would choose itself.
void keep_large_blocks_out_of_arenas() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

// At load, before a thread of this addon can ask for the allocator.
[[maybe_unused]] const bool installed = [] {
  keep_large_blocks_out_of_arenas();
  c10::SetCPUAllocator(&ReusingAllocator::instance());
  return true;
}();

}  // namespace

MemoryReuseScope::MemoryReuseScope() { ReusingAllocator::instance().open(); }

MemoryReuseScope::~MemoryReuseScope() { ReusingAllocator::instance().close(); }

std::size_t cached_memory() { return ReusingAllocator::instance().cached_bytes(); }

}  // namespace dppo
