#include "server/loop/blocking_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

namespace mpim {
namespace {

TEST_CASE("a task of the pool runs on another thread", "[loop][G50]") {
  BlockingPool pool("hash", 2, 8);
  std::promise<std::thread::id> ran_on;
  REQUIRE(pool.submit([&] { ran_on.set_value(std::this_thread::get_id()); }).ok());
  REQUIRE(ran_on.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("a full pool answers BUSY and does not take the task", "[loop]") {
  std::promise<void> started;
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> ran{0};
  {
    BlockingPool pool("hash", 1, 2);
    REQUIRE(pool.submit([&, open] {
                  started.set_value();
                  open.wait();
                })
                .ok());
    started.get_future().wait();  // the only thread is busy now, and the queue is empty
    REQUIRE(pool.submit([&] { ++ran; }).ok());
    REQUIRE(pool.submit([&] { ++ran; }).ok());
    const Result<void> refused = pool.submit([&] { ran += 100; });
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kBusy);
    CHECK(refused.error().retry_ms > 0);
    gate.set_value();
  }
  // The destructor finished what was taken, and nothing else.
  CHECK(ran == 2);
}

TEST_CASE("all threads of the pool work at the same time", "[loop]") {
  BlockingPool pool("hash", 2, 8);
  std::promise<void> first;
  std::promise<void> second;
  // Each waits for the other: with one thread this would never end.
  REQUIRE(pool.submit([&] {
                first.set_value();
                second.get_future().wait();
              })
              .ok());
  std::promise<void> done;
  REQUIRE(pool.submit([&] {
                second.set_value();
                first.get_future().wait();
                done.set_value();
              })
              .ok());
  CHECK(done.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}

}  // namespace
}  // namespace mpim
