// Runs what several threads share under ThreadSanitizer: the engine and its queue, cancel flags, the memory that jobs
// reuse, and the learners of spaces, each alone and while it is cancelled. Race reports and broken promises end the
// program with an error.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/memory_reuse.h"
#include "base/random.h"
#include "run/engine.h"
#include "space/space.h"

namespace {

using namespace dppo;

void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::exit(1);
}

// Several threads submit jobs, as the environments of worker threads do, and raise the flags of some of them.
void run_engine() {
  std::atomic<int> ended{0};
  std::int64_t ran = 0;  // written by the engine's thread only
  Engine engine(1);
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 100; ++i) {
        const auto flag = std::make_shared<CancelFlag>();
        engine.submit([&, flag] {
          try {
            const CancelScope scope(*flag);
            for (int step = 0; step < 50; ++step) check_cancelled();
            ++ran;
          } catch (const Error&) {
          }
          ++ended;
        });
        if (i % 3 == caller % 3) flag->request();
      }
    });
  }
  callers.clear();
  std::promise<std::int64_t> last;
  engine.submit([&] { last.set_value(ran); });
  const std::int64_t count = last.get_future().get();
  promise(ended == 400 && count <= 400, "every job ends once");
}

// The engine goes while jobs wait and one is at work, which sees its flag.
void end_engine() {
  for (int round = 0; round < 50; ++round) {
    CancelFlag flag;
    std::promise<void> started;
    auto engine = std::make_unique<Engine>(1);
    engine->submit([&] {
      started.set_value();
      while (!flag.requested()) std::this_thread::yield();
    });
    for (int i = 0; i < 10; ++i) engine->submit([] {});
    started.get_future().wait();
    flag.request();
    engine.reset();
  }
}

// Engines open and close scopes while their jobs, and threads without a scope, take and free large tensors.
void reuse_memory() {
  const auto work = [](std::uint8_t mark) {
    for (std::int64_t i = 0; i < 200; ++i) {
      at::Tensor tensor = at::empty({200'000 + 1000 * (i % 9)}, at::kByte);
      auto* bytes = tensor.mutable_data_ptr<std::uint8_t>();
      bytes[0] = bytes[199'999] = mark;
      promise(bytes[0] == mark && bytes[199'999] == mark, "no two tensors share memory");
    }
  };
  {
    Engine first(1), second(1);
    for (std::uint8_t job = 0; job < 10; ++job) {
      first.submit([&work, job] { work(job); });
      second.submit([&work, job] { work(100 + job); });
    }
    work(200);
    std::promise<void> ended[2];
    first.submit([&] { ended[0].set_value(); });
    second.submit([&] { ended[1].set_value(); });
    for (auto& end : ended) end.get_future().wait();
  }
  promise(cached_memory() == 0, "the last scope gives the memory back");
}

SpaceCorpus corpus() {
  SpaceCorpus corpus;
  corpus.words = 60;
  corpus.offsets = {0};
  RandomStream random(1, 2);
  for (int document = 0; document < 200; ++document) {
    for (int i = 0; i < 30; ++i) corpus.tokens.push_back(static_cast<std::int32_t>(random.next_below(60)));
    corpus.offsets.push_back(static_cast<std::int64_t>(corpus.tokens.size()));
  }
  return corpus;
}

using Learn = std::function<SpaceMatrix(int threads)>;

// The result must not depend on the threads; a raised flag ends the work.
void learn_and_cancel(const Learn& learn, const char* name) {
  promise(learn(4).values == learn(1).values, name);
  for (int delay = 0; delay < 8; ++delay) {
    CancelFlag flag;
    const std::jthread raiser([&flag, delay] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * delay));
      flag.request();
    });
    try {
      const CancelScope scope(flag);
      learn(4);
    } catch (const Error& error) {
      promise(error.kind() == ErrorKind::kAborted, "a cancelled learner says so");
    }
  }
}

}  // namespace

int main() {
  at::set_num_threads(1);  // libtorch is not compiled with the sanitizer, so its own threads would look like races
  run_engine();
  end_engine();
  reuse_memory();
  const SpaceCorpus data = corpus();
  learn_and_cancel([&data](int threads) { return learn_lsa(data, {.dimensions = 8, .threads = threads}); }, "lsa");
  learn_and_cancel(
      [&data](int threads) { return learn_lda(data, {.topics = 6, .iterations = 10, .threads = threads}); }, "lda");
  learn_and_cancel(
      [&data](int threads) { return learn_word2vec(data, {.dimensions = 16, .epochs = 3, .threads = threads}); },
      "word2vec");
  std::printf("no race\n");
  return 0;
}
