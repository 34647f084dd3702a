#include "server/loop/event_loop.h"

#include <event2/event.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <future>
#include <thread>
#include <vector>

#include "server/core/reply.h"
#include "server/loop/libevent_owners.h"

namespace mpim {
namespace {

constexpr auto kSoon = std::chrono::seconds(20);

// Runs `task` on the loop and waits for it.
void run_on(EventLoop& loop, Task task) {
  std::promise<void> done;
  loop.post([&] {
    task();
    done.set_value();
  });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
}

TEST_CASE("tasks of one thread run in the order they were posted, on the loop's thread",
          "[loop][G50]") {
  EventLoop loop("order");
  std::vector<int> ran;
  bool always_here = true;
  for (int i = 0; i < 100; ++i) loop.post([&ran, i] { ran.push_back(i); });
  loop.start();
  for (int i = 100; i < 10'000; ++i) {
    loop.post([&, i] {
      ran.push_back(i);
      always_here = always_here && loop.on_this_thread();
    });
  }
  run_on(loop, [] {});
  REQUIRE(ran.size() == 10'000);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
  CHECK(always_here);
  CHECK_FALSE(loop.on_this_thread());
}

TEST_CASE("a task posted from within a task runs after it, never inside it", "[loop]") {
  EventLoop loop("nested");
  loop.start();
  std::vector<int> ran;
  std::promise<void> done;
  loop.post([&] {
    loop.post([&] {
      ran.push_back(3);
      done.set_value();
    });
    ran.push_back(1);
  });
  loop.post([&] { ran.push_back(2); });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
  loop.stop();
  // 2 may have been posted before or after the nested task; 1 is first in any case.
  CHECK(ran.front() == 1);
  CHECK(std::find(ran.begin(), ran.end(), 3) > ran.begin());
}

// Counts the loop's turns from inside: epoll is asked once in each.
struct TurnCounter {
  explicit TurnCounter(EventLoop& loop)
      : prepare(evtimer_new(
            loop.base(), [](evutil_socket_t, short, void* self) { ++*static_cast<int*>(self); },
            &turns)) {}
  int turns = 0;
  EventOwner prepare;
};

TEST_CASE("a batch of posts wakes the loop once and runs in one turn", "[loop]") {
  EventLoop loop("batch");
  loop.start();
  std::promise<void> in_loop;
  std::promise<void> posted;
  loop.post([&] {
    in_loop.set_value();
    posted.get_future().wait();
  });
  in_loop.get_future().wait();
  // The loop is held in a task: all of these form the next batch.
  constexpr int kTasks = 1'000;
  TurnCounter counter(loop);
  int first_turn = -1;
  int last_turn = -1;
  std::promise<void> done;
  for (int i = 0; i < kTasks; ++i) {
    loop.post([&, i] {
      if (i == 0) {
        first_turn = counter.turns;
        event_active(counter.prepare.get(), EV_TIMEOUT, 0);  // runs before any later batch
      }
      last_turn = counter.turns;
      if (i == kTasks - 1) done.set_value();
    });
  }
  posted.set_value();
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
  run_on(loop, [&] { counter.prepare.reset(); });
  CHECK(first_turn == 0);
  CHECK(last_turn == 0);
  CHECK(counter.turns == 1);
}

TEST_CASE("a loop that posts to itself for ever still serves its timers", "[loop][G50]") {
  EventLoop loop("busy");
  loop.start();
  bool stop = false;
  std::promise<void> timer_ran;
  std::function<void()> again = [&] {
    if (!stop) loop.post([&] { again(); });
  };
  loop.post([&] {
    loop.after(Millis(1), [&] {
      stop = true;
      timer_ran.set_value();
    });
    again();
  });
  CHECK(timer_ran.get_future().wait_for(kSoon) == std::future_status::ready);
  loop.stop();
}

TEST_CASE("timers run in the order of their times, and not before", "[loop]") {
  EventLoop loop("timers");
  loop.start();
  std::vector<int> ran;
  std::promise<void> done;
  const Instant before = loop.clock().steady();
  Instant late;
  loop.post([&] {
    loop.after(Millis(30), [&] {
      ran.push_back(30);
      late = loop.clock().steady();
      done.set_value();
    });
    loop.after(Millis(10), [&] { ran.push_back(10); });
    loop.after(Millis(0), [&] { ran.push_back(0); });
  });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
  CHECK(ran == std::vector<int>{0, 10, 30});
  // The kernel's coarse clock moves every 4 ms.
  CHECK(late - before >= Millis(25));
}

TEST_CASE("a cancelled timer does not run, and cancelling twice is harmless", "[loop]") {
  EventLoop loop("cancel");
  loop.start();
  bool ran = false;
  std::promise<void> done;
  loop.post([&] {
    const TimerId first = loop.after(Millis(1), [&] { ran = true; });
    loop.cancel(first);
    loop.cancel(first);
    const TimerId second = loop.after(Millis(0), [] {});
    loop.after(Millis(20), [&, second] {
      loop.cancel(second);  // has run long ago
      done.set_value();
    });
  });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
  CHECK_FALSE(ran);
}

TEST_CASE("a timer may cancel another, and itself", "[loop]") {
  EventLoop loop("cancel");
  loop.start();
  int ran = 0;
  TimerId self;
  TimerId other;
  std::promise<void> done;
  loop.post([&] {
    self = loop.after(Millis(1), [&] {
      ++ran;
      loop.cancel(self);
      loop.cancel(other);
    });
    other = loop.after(Millis(15), [&] { ran += 100; });
    loop.after(Millis(40), [&] { done.set_value(); });
  });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
  CHECK(ran == 1);
}

TEST_CASE("stop runs what was posted before it and drops what comes later", "[loop]") {
  EventLoop loop("stop");
  int ran = 0;
  for (int i = 0; i < 100; ++i) loop.post([&] { ++ran; });
  loop.start();
  for (int i = 0; i < 100; ++i) loop.post([&] { ++ran; });
  loop.stop();
  CHECK(ran == 200);
  loop.post([&] { ran = -1; });
  CHECK(ran == 200);
}

TEST_CASE("a loop can be stopped from its own thread", "[loop]") {
  auto loop = std::make_unique<EventLoop>("suicide");
  loop->start();
  std::promise<void> stopped;
  loop->post([&] {
    loop->stop();
    stopped.set_value();
  });
  CHECK(stopped.get_future().wait_for(kSoon) == std::future_status::ready);
  loop.reset();
}

TEST_CASE("a reply that is dropped with a stopped loop harms nobody", "[loop]") {
  EventLoop asking("asking");
  asking.start();
  std::promise<Code> told;
  {
    EventLoop answering("answering");
    answering.start();
    answering.stop();
    answering.post([reply = Reply<int>(asking, [&](Result<int> answer) {
                      told.set_value(answer.error().code);
                    })]() mutable { reply(1); });
  }
  CHECK(told.get_future().get() == Code::kInternal);
}

TEST_CASE("posts from many threads all run", "[loop][G50]") {
  EventLoop loop("many");
  loop.start();
  int ran = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) loop.post([&] { ++ran; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop.stop();
  CHECK(ran == 20'000);
}

TEST_CASE("signals are not delivered to a loop's thread", "[loop]") {
  EventLoop loop("signals");
  loop.start();
  sigset_t blocked;
  run_on(loop, [&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
  CHECK(sigismember(&blocked, SIGTERM) == 1);
  CHECK(sigismember(&blocked, SIGINT) == 1);
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  CHECK(sigismember(&blocked, SIGTERM) == 0);
}

}  // namespace
}  // namespace mpim
