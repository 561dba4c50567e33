#include "run/engine.h"

#include <gtest/gtest.h>

#include <atomic>
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

TEST(EngineTest, DroppedJobsFreeWhatTheyHold) {
  const auto held = std::make_shared<int>(1);
  {
    std::promise<void> started;
    std::promise<void> release;
    auto released = release.get_future().share();
    Engine engine(0);
    engine.submit([&started, released] {
      started.set_value();
      released.wait();
    });
    engine.submit([held] {});
    started.get_future().wait();
    EXPECT_EQ(held.use_count(), 2);
    release.set_value();
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace dppo
