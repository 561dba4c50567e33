// Draws the next token of every row from its logits, with the steps of generate/batch_sampler.cc.
// Behind sample_parts.cu.
//
// The blocks of a cluster share a row, and each of their warps has a share of the row's logits, which it reads again in
// each step: the cache of the GPU has them. Blocks read each other's shared memory between two barriers of the cluster.

namespace dppo::gpu {

namespace {

template <LogitType type, int blocks, int threads>
class Sampler {
 public:
  static constexpr int kWarps = threads / 32;
  using Memory = Shared<kWarps>;

  __device__ Sampler(const SampleArguments& arguments, Memory& shared)
      : a_(arguments),
        shared_(shared),
        row_(blockIdx.y),
        step_(*arguments.step),
        logits_(static_cast<const Logit<type>*>(arguments.logits) + begin_of_row()),
        seen_(arguments.seen == nullptr ? nullptr : arguments.seen + begin_of_row()),
        ends_(step_ < arguments.min_new_tokens ? arguments.ends : nullptr),
        scale_(arguments.uniforms == nullptr ? 1.0f : arguments.inverse_temperature),
        shift_(static_cast<int>(reinterpret_cast<unsigned long long>(logits_) / sizeof(Logit<type>) % kItems)) {}

  __device__ void clear() {
    for (int i = threadIdx.x; i < kDigits * kBins; i += threads) shared_.histograms[i / kBins][i % kBins] = 0;
    if (threadIdx.x == 0) shared_.candidate_count = 0;
    __syncthreads();
  }

  __device__ void run() {
    const unsigned long long largest = this->largest();
    const auto top = static_cast<unsigned>(largest >> 32);
    const bool is_first = blockIdx.x == 0 && threadIdx.x == 0;
    if (is_first && !is_finite(top)) a_.broken[row_] = true;
    if (a_.uniforms == nullptr) {
      if (is_first) finish(static_cast<int>(~static_cast<unsigned>(largest)));
    } else if (!is_finite(top)) {
      // No token has a weight then, and the tensors' operations lead to the first one.
      if (is_first) finish(0);
    } else {
      top_ = logit_of(top);
      draw();
    }
    // The other blocks may still be reading this one's memory.
    synchronize_row<blocks>();
  }

 private:
  __device__ long long begin_of_row() const { return static_cast<long long>(row_) * a_.vocabulary; }

  // The logits of a row are read in groups of kItems that are aligned in memory, so the first and the last group may
  // stick out of the row. Returns the place of the first logit of a group.
  __device__ int place_of(int group) const { return group * kItems - shift_; }

  // Reads the keys of a group, kNoKey for those outside of the row.
  __device__ void read(int group, unsigned (&keys)[kItems]) const {
    constexpr int kVectors = sizeof(Logit<type>) * kItems / sizeof(uint4);
    const int first = place_of(group);
    alignas(16) Logit<type> logits[kItems];
    if (first >= 0 && first + kItems <= a_.vocabulary) {
      for (int i = 0; i < kVectors; ++i) {
        const uint4 vector = reinterpret_cast<const uint4*>(logits_ + first)[i];
        memcpy(logits + i * (kItems / kVectors), &vector, sizeof(vector));
      }
    } else {
      for (int i = 0; i < kItems; ++i) logits[i] = is_inside(first + i) ? logits_[first + i] : Logit<type>{};
    }
    for (int i = 0; i < kItems; ++i) {
      keys[i] = is_inside(first + i) ? key_of(processed(logits[i].widened(), first + i)) : kNoKey;
    }
  }
  __device__ bool is_inside(int place) const { return place >= 0 && place < a_.vocabulary; }

  // CUDA's at::div multiplies by the reciprocal when it divides by a number of the host, and so does this.
  __device__ float processed(float logit, int place) const {
    if (seen_ != nullptr && seen_[place]) logit *= logit < 0.0f ? a_.penalty : a_.inverse_penalty;
    if (ends_ != nullptr && ends_[place]) logit = logit_of(kKeyOfMinusInfinity);
    return logit * scale_;
  }

  // Calls f(first place, keys) for each group of a warp of the row. All lanes take part in each call; those without a
  // group have no keys.
  template <typename F>
  __device__ void for_groups_of_warp(int warp_of_row, F f) const {
    const int groups = (a_.vocabulary + shift_ + kItems - 1) / kItems;
    const int share = (groups + blocks * kWarps - 1) / (blocks * kWarps);
    const int end = min((warp_of_row + 1) * share, groups);
    for (int start = warp_of_row * share; start < end; start += 32) {
      const int group = start + lane_;
      unsigned keys[kItems] = {};
      if (group < end) read(group, keys);
      f(place_of(group), keys);
    }
  }
  template <typename F>
  __device__ void for_own_groups(F f) const {
    for_groups_of_warp(blockIdx.x * kWarps + warp_, f);
  }

  // Returns the largest key and, in the lower half, the complement of its first place.
  __device__ unsigned long long largest() {
    unsigned largest = kNoKey;
    int place = 0;
    for_own_groups([&](int first, const unsigned(&keys)[kItems]) {
      for (int i = 0; i < kItems; ++i) {
        if (keys[i] > largest) largest = keys[i], place = first + i;
      }
    });
    const unsigned long long packed =
        warp_largest(static_cast<unsigned long long>(largest) << 32 | ~static_cast<unsigned>(place));
    if (lane_ == 0) shared_.largest[warp_] = packed;
    synchronize_row<blocks>();
    if (warp_ == 0) {
      unsigned long long of_all = 0;
      for (int i = lane_; i < blocks * kWarps; i += 32) {
        of_all = max(of_all, in_block<blocks>(shared_.largest, i / kWarps)[i % kWarps]);
      }
      of_all = warp_largest(of_all);
      if (lane_ == 0) shared_.largest_of_all = of_all;
    }
    __syncthreads();
    return shared_.largest_of_all;
  }

  // Adds the digits of a warp's lanes to a histogram. Logits are much alike in their first digits, so lanes with the
  // same one add together.
  __device__ void count(int (&histogram)[kBins], unsigned digit, bool is_counted) const {
    if (!__any_sync(kAllLanes, is_counted)) return;
    const unsigned alike = __match_any_sync(kAllLanes, is_counted ? digit : kBins);
    if (is_counted && lane_ == __ffs(alike) - 1) atomicAdd(&histogram[digit], __popc(alike));
  }

  // Finds the digit of the k-th largest of the keys that the row's histograms count. Of the first warp.
  __device__ void find_digit(const int (&histogram)[kBins], int k) {
    constexpr int kOwn = kBins / 32;
    const int first = kBins - kOwn * (lane_ + 1);  // a lane has the larger digits of the lane above
    int counts[kOwn] = {}, own = 0;
    for (int block = 0; block < blocks; ++block) {
      const int4* const theirs = reinterpret_cast<const int4*>(in_block<blocks>(&histogram[first], block));
      for (int i = 0; i < kOwn / 4; ++i) {
        const int4 four = theirs[i];
        counts[4 * i] += four.x, counts[4 * i + 1] += four.y, counts[4 * i + 2] += four.z, counts[4 * i + 3] += four.w;
      }
    }
    for (int i = 0; i < kOwn; ++i) own += counts[i];
    int sum = own;
    for (int distance = 1; distance < 32; distance *= 2) {
      const int other = __shfl_up_sync(kAllLanes, sum, distance);
      if (lane_ >= distance) sum += other;
    }
    int larger = sum - own;
    for (int i = kOwn - 1; i >= 0; --i) {
      if (larger < k && k <= larger + counts[i]) shared_.digit = {static_cast<unsigned>(first + i), larger, counts[i]};
      larger += counts[i];
    }
  }

  // A radix selection, from the first digit to the last.
  __device__ KthKey kth_key(int k) {
    KthKey found{};
    unsigned known = 0;  // mask of the digits that are found
#pragma unroll 1
    for (int digit = kDigits - 1; digit >= 0; --digit) {
      const int shift = digit * kDigitBits;
      int(&histogram)[kBins] = shared_.histograms[digit];
      for_own_groups([&](int, const unsigned(&keys)[kItems]) {
        for (int i = 0; i < kItems; ++i) {
          count(histogram, keys[i] >> shift & (kBins - 1), keys[i] != kNoKey && (keys[i] & known) == found.key);
        }
      });
      synchronize_row<blocks>();
      if (warp_ == 0) find_digit(histogram, k - found.larger);
      __syncthreads();
      found.key |= shared_.digit.key << shift;
      found.larger += shared_.digit.larger;
      found.equals = shared_.digit.equals;
      known |= static_cast<unsigned>(kBins - 1) << shift;
    }
    return found;
  }

  // Returns what top-p leaves of the k likeliest tokens and those as likely as the k-th. Every block finds it by
  // itself.
  __device__ Bound bound_of_top_p(const KthKey& kth) {
    for_own_groups([&](int, const unsigned(&keys)[kItems]) {
      for (int i = 0; i < kItems; ++i) {
        if (keys[i] > kth.key) shared_.candidates[atomicAdd(&shared_.candidate_count, 1)] = keys[i];
      }
    });
    synchronize_row<blocks>();
    for (int block = warp_; block < blocks; block += kWarps) {
      int before = 0;
      for (int other = 0; other < block; ++other) before += *in_block<blocks>(&shared_.candidate_count, other);
      const int own = *in_block<blocks>(&shared_.candidate_count, block);
      const unsigned* const keys = in_block<blocks>(shared_.candidates, block);
      for (int i = lane_; i < own; i += 32) shared_.unsorted[before + i] = keys[i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < a_.top_k; i += threads) {
      unsigned key = kth.key;
      int rank = i;
      if (i < kth.larger) {
        key = shared_.unsorted[i];
        rank = 0;
        for (int other = 0; other < kth.larger; ++other) {
          const unsigned their_key = shared_.unsorted[other];
          rank += their_key > key || (their_key == key && other < i);
        }
      }
      shared_.sorted[rank] = key;
      shared_.weights[rank] = power_of(key, top_);
    }
    __syncthreads();
    if (warp_ == 0) find_bound(kth);
    __syncthreads();
    return shared_.bound;
  }

  // Returns how many of the k likeliest tokens fulfil a condition on their ranks.
  template <typename F>
  __device__ int count_likeliest(F condition) const {
    int result = 0;
    for (int start = 0; start < a_.top_k; start += 32) {
      const int i = start + lane_;
      result += __popc(__ballot_sync(kAllLanes, i < a_.top_k && condition(i)));
    }
    return result;
  }

  // As keep_top_k_and_p() does it. Of the first warp.
  __device__ void find_bound(const KthKey& kth) {
    const int k = a_.top_k;
    const int others = kth.equals - (k - kth.larger);  // tokens as likely as the k-th that are not among the k
    const double of_least = shared_.weights[k - 1];
    double below = 0.0;  // the sum of the weights behind those at hand
    for (int start = (k - 1) / 32 * 32; start >= 0; start -= 32) {
      const int i = start + lane_;
      double sum = i < k ? shared_.weights[i] : 0.0;
      for (int distance = 1; distance < 32; distance *= 2) {
        const double other = __shfl_down_sync(kAllLanes, sum, distance);
        if (lane_ + distance < 32) sum += other;
      }
      sum += below;
      // Of each token and all less likely ones. The product is rounded by itself, as that of tensors is.
      if (i < k) shared_.sums[i] = sum + __dmul_rn(others, of_least);
      below = __shfl_sync(kAllLanes, sum, 0);
    }
    __syncwarp();
    const double most = shared_.sums[0] * a_.left_out;  // what may be dropped
    const int dropped = min(count_likeliest([&](int i) { return shared_.sums[i] <= most; }), k - 1);
    // The least likely of the k that stays. Of the tokens as likely as it, the first ones may still be dropped.
    const unsigned key = shared_.sorted[k - 1 - dropped];
    const int dropped_of_all =
        dropped > 0 ? dropped + others : static_cast<int>(fmin(most / of_least, static_cast<double>(others)));
    const int less_likely =
        count_likeliest([&](int i) { return shared_.sorted[i] < key; }) + (kth.key < key ? others : 0);
    if (lane_ == 0) shared_.bound = {key, dropped_of_all - less_likely};
  }

  // Returns the rounded weight of a token. Sums of integers do not depend on their order.
  __device__ unsigned long long weight_of(unsigned key) const {
    return static_cast<unsigned long long>(static_cast<long long>(power_of(key, top_) * (kMostWeight / a_.vocabulary)));
  }
  __device__ Mass mass_of(unsigned key, const Bound& bound) const {
    if (key > bound.key) return {weight_of(key), 0};
    return {0, key == bound.key ? 1 : 0};
  }

  __device__ void draw() {
    Bound bound{kNoKey, 0};
    if (a_.top_k > 0) {
      const KthKey kth = kth_key(a_.top_k);
      bound.key = kth.key;
      if (a_.left_out > 0.0) bound = bound_of_top_p(kth);
    }
    Mass own{};
    for_own_groups([&](int, const unsigned(&keys)[kItems]) {
      for (int i = 0; i < kItems; ++i) own = own + mass_of(keys[i], bound);
    });
    own = own.with_lanes_below();
    if (lane_ == 31) shared_.masses[warp_] = own;
    synchronize_row<blocks>();
    if (warp_ == 0) find_place(bound);
  }

  // Finds the first place at which the running sum of the weights exceeds the uniform number times the whole sum: first
  // the warp of the row that has it, then, in the block of that warp, the place. Of the first warp.
  __device__ void find_place(const Bound& bound) {
    // The first of equal tokens weigh nothing, so the running sum follows from how many there are so far.
    const unsigned long long of_equal = bound.key == kNoKey ? 0 : weight_of(bound.key);
    const auto sum_of = [&](const Mass& mass) {
      return mass.above + of_equal * static_cast<unsigned long long>(max(mass.equals - bound.skipped, 0));
    };
    constexpr int kAll = blocks * kWarps;
    constexpr int kOwn = (kAll + 31) / 32;
    Mass masses[kOwn] = {}, own{};
    for (int i = 0; i < kOwn; ++i) {
      const int warp = lane_ * kOwn + i;
      if (warp < kAll) masses[i] = in_block<blocks>(shared_.masses, warp / kWarps)[warp % kWarps];
      own = own + masses[i];
    }
    Mass sum = own.with_lanes_below();
    const unsigned long long total = sum_of(sum.from_lane(31));
    // Rounding must not lift the target to the whole sum, beyond which there is no place.
    const double uniform = a_.uniforms[step_ * a_.rows + row_];
    const unsigned long long target =
        min(static_cast<unsigned long long>(static_cast<long long>(static_cast<double>(total) * uniform)), total - 1);

    const int lane = __ffs(__ballot_sync(kAllLanes, sum_of(sum) > target)) - 1;
    int warp = lane_ * kOwn;
    Mass before{sum.above - own.above, sum.equals - own.equals};
    for (int i = 0; i < kOwn - 1; ++i) {
      if (warp != lane_ * kOwn + i || sum_of(before + masses[i]) > target) continue;
      before = before + masses[i];
      ++warp;
    }
    warp = __shfl_sync(kAllLanes, warp, lane);
    before = before.from_lane(lane);
    if (warp / kWarps != static_cast<int>(blockIdx.x)) return;

    bool is_found = false;
    for_groups_of_warp(warp, [&](int first, const unsigned(&keys)[kItems]) {
      if (is_found) return;
      Mass of_group{};
      for (int i = 0; i < kItems; ++i) of_group = of_group + mass_of(keys[i], bound);
      const Mass up_to_group = before + of_group.with_lanes_below();
      const unsigned beyond = __ballot_sync(kAllLanes, sum_of(up_to_group) > target);
      is_found = beyond != 0;
      if (is_found && lane_ == __ffs(beyond) - 1) {
        Mass up_to{up_to_group.above - of_group.above, up_to_group.equals - of_group.equals};
        int place = first;
        for (int i = 0; i < kItems; ++i) place += sum_of(up_to = up_to + mass_of(keys[i], bound)) <= target;
        finish(place);
      }
      before = up_to_group.from_lane(31);
    });
  }

  // Of one thread of the row.
  __device__ void finish(int token) {
    if (seen_ != nullptr) seen_[token] = true;
    a_.ids[row_] = token;
    a_.positions[row_] += 1;
    a_.tokens[step_ * a_.rows + row_] = token;
    // All threads of a row have read the step before the row is done.
    __threadfence();
    if (atomicAdd(a_.finished, 1) == a_.rows - 1) {
      *a_.finished = 0;
      *a_.step = step_ + 1;
    }
  }

  const SampleArguments& a_;
  Memory& shared_;
  const int warp_ = threadIdx.x / 32, lane_ = threadIdx.x % 32;
  const int row_;
  const long long step_;
  const Logit<type>* const logits_;
  bool* const seen_;
  const bool* const ends_;
  const float scale_;
  const int shift_;
  double top_ = 0.0;  // the largest logit
};

}  // namespace

// GPUs before compute capability 9.0 have no clusters: one block has a row there.
#if __CUDA_ARCH__ >= 900
#define DPPO_CLUSTER(blocks) __cluster_dims__(blocks, 1, 1)
#else
#define DPPO_CLUSTER(blocks)
#endif

// A grid of (blocks, B) blocks.
template <LogitType type, int blocks, int threads>
__global__ void DPPO_CLUSTER(blocks) __launch_bounds__(threads) sample(SampleArguments a) {
  __shared__ typename Sampler<type, blocks, threads>::Memory shared;
  wait_for_inputs();
  Sampler<type, blocks, threads> sampler(a, shared);
  sampler.clear();
  sampler.run();
}

}  // namespace dppo::gpu
