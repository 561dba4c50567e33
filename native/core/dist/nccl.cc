#include "dist/nccl.h"

#include "base/error.h"

#ifdef DPPO_WITH_NCCL

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Logging.h>
#include <nccl.h>

#include <algorithm>
#include <cstring>

namespace dppo {

namespace {

void check(ncclResult_t result, ErrorKind kind = ErrorKind::kInternal) {
  if (result == ncclSuccess) return;
  // NCCL says more about its last error, for example that two processes have the same GPU.
  const std::string detail = ncclGetLastError(nullptr);
  throw Error(kind, std::string("NCCL: ") + ncclGetErrorString(result) + (detail.empty() ? "" : ": " + detail));
}

// Keeps libtorch from printing each failed try to connect, with a trace of its calls: what is thrown says what is
// wrong.
class QuietLibtorch {
 public:
  QuietLibtorch() : level_(FLAGS_caffe2_log_level) { FLAGS_caffe2_log_level = c10::GLOG_FATAL; }
  ~QuietLibtorch() { FLAGS_caffe2_log_level = level_; }
  QuietLibtorch(const QuietLibtorch&) = delete;
  QuietLibtorch& operator=(const QuietLibtorch&) = delete;

 private:
  int level_;
};

// Returns the id of the group, which rank 0 makes and the others fetch.
ncclUniqueId agree_on_id(const Rendezvous& rendezvous) {
  const QuietLibtorch quiet;
  ncclUniqueId id;
  const std::string bytes = from_first(rendezvous, [&] {
    check(ncclGetUniqueId(&id), ErrorKind::kDevice);
    return std::string(id.internal, sizeof(id.internal));
  });
  if (bytes.size() != sizeof(id.internal)) throw Error(ErrorKind::kInternal, "the id of the group is damaged");
  std::memcpy(id.internal, bytes.data(), bytes.size());
  return id;
}

class NcclCommunicator : public Communicator {
 public:
  explicit NcclCommunicator(const Rendezvous& rendezvous)
      : Communicator(static_cast<int>(rendezvous.rank), static_cast<int>(rendezvous.size)),
        device_(at::kCUDA, static_cast<c10::DeviceIndex>(rendezvous.device)),
        options_(at::TensorOptions().device(device_)) {
    const c10::cuda::CUDAGuard guard(device_);
    check(ncclCommInitRank(&group_, size(), agree_on_id(rendezvous), rank()), ErrorKind::kDevice);
  }

  void leave(bool in_order) noexcept override {
    static_cast<void>(in_order ? ncclCommDestroy(group_) : ncclCommAbort(group_));
  }

 private:
  std::vector<std::int64_t> exchange(std::int64_t own) override {
    const at::Tensor all = at::empty({size()}, options_.dtype(at::kLong));
    const at::Tensor mine = at::empty({1}, options_.dtype(at::kLong)).fill_(own);
    on_stream([&](cudaStream_t stream) {
      return ncclAllGather(mine.const_data_ptr(), all.mutable_data_ptr(), 1, ncclInt64, group_, stream);
    });
    const at::Tensor local = all.cpu();
    const auto* numbers = local.const_data_ptr<std::int64_t>();
    return {numbers, numbers + size()};
  }

  void all_reduce(at::Tensor& values) override {
    const at::Tensor remote = values.to(device_);
    const bool is_double = remote.scalar_type() == at::kDouble;
    on_stream([&](cudaStream_t stream) {
      return ncclAllReduce(remote.const_data_ptr(), remote.mutable_data_ptr(), static_cast<std::size_t>(remote.numel()),
                           is_double ? ncclDouble : ncclFloat, ncclSum, group_, stream);
    });
    if (!values.is_same(remote)) values.copy_(remote);
  }

  // Every part takes the room of the longest one, because NCCL gathers parts of one size.
  void gather(const std::string& own, const std::vector<std::int64_t>& sizes, std::string& all) override {
    const std::int64_t most = std::max<std::int64_t>(1, *std::ranges::max_element(sizes));
    const at::Tensor mine = to_device(own, most);
    const at::Tensor parts = at::empty({size(), most}, options_.dtype(at::kByte));
    on_stream([&](cudaStream_t stream) {
      return ncclAllGather(mine.const_data_ptr(), parts.mutable_data_ptr(), static_cast<std::size_t>(most), ncclUint8,
                           group_, stream);
    });
    const at::Tensor local = parts.cpu();
    std::size_t place = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto count = static_cast<std::size_t>(sizes[i]);
      std::memcpy(all.data() + place, local.const_data_ptr<std::uint8_t>() + i * static_cast<std::size_t>(most), count);
      place += count;
    }
  }

  void broadcast_from(int root, std::string& bytes) override {
    if (bytes.empty()) return;
    const at::Tensor remote = to_device(bytes, static_cast<std::int64_t>(bytes.size()));
    on_stream([&](cudaStream_t stream) {
      return ncclBroadcast(remote.const_data_ptr(), remote.mutable_data_ptr(), bytes.size(), ncclUint8, root, group_,
                           stream);
    });
    const at::Tensor local = remote.cpu();
    std::memcpy(bytes.data(), local.const_data_ptr(), bytes.size());
  }

  // Returns `room` bytes on the GPU that begin with `bytes`.
  at::Tensor to_device(const std::string& bytes, std::int64_t room) const {
    at::Tensor local = at::zeros({room}, at::kByte);
    std::memcpy(local.mutable_data_ptr(), bytes.data(), bytes.size());
    return local.to(device_);
  }

  template <typename Call>
  void on_stream(Call call) {
    const c10::cuda::CUDAGuard guard(device_);
    check(call(c10::cuda::getCurrentCUDAStream(device_.index()).stream()));
  }

  c10::Device device_;
  at::TensorOptions options_;
  ncclComm_t group_ = nullptr;
};

}  // namespace

std::shared_ptr<Communicator> open_nccl(const Rendezvous& rendezvous) {
  return std::make_shared<NcclCommunicator>(rendezvous);
}

}  // namespace dppo

#else

namespace dppo {

std::shared_ptr<Communicator> open_nccl(const Rendezvous& /*rendezvous*/) {
  throw Error(ErrorKind::kConfig, "the addon was built without NCCL");
}

}  // namespace dppo

#endif
