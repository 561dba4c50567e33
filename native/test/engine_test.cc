#include "run/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace dppo {
namespace {

TEST(EngineTest, RunsJobsInOrderOnOneOtherThread) {
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  std::promise<void> done;
  Engine engine(1);
  for (int i = 0; i < 5; ++i) {
    engine.submit([&, i] {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
      if (i == 4) done.set_value();
    });
  }
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  for (const auto& id : threads) EXPECT_EQ(id, threads.front());
  EXPECT_NE(threads.front(), std::this_thread::get_id());
}

TEST(EngineTest, ItsDestructorWaitsForTheJobInProgress) {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<bool> finished{false};
  std::thread later;
  {
    Engine engine(1);
    engine.submit([&] {
      started.set_value();
      release.get_future().wait();
      finished = true;
    });
    started.get_future().wait();
    later = std::thread([&release] { release.set_value(); });
  }
  EXPECT_TRUE(finished);
  later.join();
}

// The job in progress goes on only when the waiting one has been dropped, with what it holds.
TEST(EngineTest, ItsDestructorDropsTheJobsThatWait) {
  std::promise<void> started, dropped;
  auto status = std::future_status::deferred;
  bool ran = false;
  {
    Engine engine(0);
    engine.submit([&] {
      started.set_value();
      status = dropped.get_future().wait_for(std::chrono::seconds(60));
    });
    const std::shared_ptr<void> held(nullptr, [&dropped](void*) { dropped.set_value(); });
    engine.submit([held, &ran] { ran = true; });
    started.get_future().wait();
  }
  EXPECT_EQ(status, std::future_status::ready);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace dppo
