#include "dist/mpi.h"

#include "base/error.h"

#ifdef DPPO_WITH_MPI

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <ATen/core/Tensor.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

namespace dppo {

namespace {

// Counts of MPI are ints. Longer messages are sent in parts.
constexpr std::int64_t kMost = std::int64_t{1} << 30;

int comm_number(int (*ask)(MPI_Comm, int*)) {
  int number = 0;
  ask(MPI_COMM_WORLD, &number);
  return number;
}

// Waits for the others without keeping the core busy: they may compute for seconds, perhaps on the same core.
void wait_for(MPI_Request& request) {
  constexpr int kTries = 2000;
  int done = 0;
  for (int tries = 0;; ++tries) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return;
    if (tries > kTries) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator() : Communicator(comm_number(MPI_Comm_rank), comm_number(MPI_Comm_size)) {}

  void leave(bool in_order) noexcept override {
    if (!in_order) MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Finalize();
  }

 private:
  // An error of MPI itself ends all processes: that is MPI's default.
  std::vector<std::int64_t> exchange(std::int64_t own) override {
    std::vector<std::int64_t> all(static_cast<std::size_t>(size()));
    MPI_Request request;
    MPI_Iallgather(&own, 1, MPI_INT64_T, all.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, &request);
    wait_for(request);
    return all;
  }

  void all_reduce(at::Tensor& values) override {
    at::Tensor local = values.is_cpu() ? values : values.cpu();
    const bool is_double = local.scalar_type() == at::kDouble;
    auto* data = static_cast<char*>(local.mutable_data_ptr());
    const std::int64_t bytes = local.element_size();
    for (std::int64_t start = 0; start < local.numel(); start += kMost) {
      const auto count = static_cast<int>(std::min(kMost, local.numel() - start));
      MPI_Allreduce(MPI_IN_PLACE, data + start * bytes, count, is_double ? MPI_DOUBLE : MPI_FLOAT, MPI_SUM,
                    MPI_COMM_WORLD);
    }
    if (!values.is_cpu()) values.copy_(local);
  }

  void gather(const std::string& own, const std::vector<std::int64_t>& sizes, std::string& all) override {
    if (all.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw Error(ErrorKind::kInternal, "too many bytes to gather");
    }
    std::vector<int> counts, places;
    int place = 0;
    for (const std::int64_t size : sizes) {
      counts.push_back(static_cast<int>(size));
      places.push_back(place);
      place += static_cast<int>(size);
    }
    MPI_Allgatherv(own.data(), counts[static_cast<std::size_t>(rank())], MPI_BYTE, all.data(), counts.data(),
                   places.data(), MPI_BYTE, MPI_COMM_WORLD);
  }

  void broadcast_from(int root, std::string& bytes) override {
    for (std::size_t start = 0; start < bytes.size(); start += kMost) {
      const auto count = static_cast<int>(std::min<std::size_t>(kMost, bytes.size() - start));
      MPI_Bcast(bytes.data() + start, count, MPI_BYTE, root, MPI_COMM_WORLD);
    }
  }
};

}  // namespace

std::shared_ptr<Communicator> open_mpi() {
  int running = 0;
  MPI_Initialized(&running);
  if (running == 0) {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED) {
      throw Error(ErrorKind::kConfig, "this MPI can be called by one thread only; expected MPI_THREAD_SERIALIZED");
    }
  }
  return std::make_shared<MpiCommunicator>();
}

}  // namespace dppo

#else

namespace dppo {

std::shared_ptr<Communicator> open_mpi() { throw Error(ErrorKind::kConfig, "the addon was built without MPI"); }

}  // namespace dppo

#endif
