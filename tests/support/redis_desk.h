// A Redis client with its loop, as tests of what stands on it need one.
#pragma once

#include <catch2/catch.hpp>
#include <future>

#include "server/redis/redis_client.h"
#include "tests/support/redis_process.h"

namespace mpim::testing {

// Impatient, so that tests are short.
inline RedisOptions quick_redis(const std::string& url) {
  RedisOptions options;
  options.address = *redis_address(url);
  options.connect_timeout = Millis(500);
  options.answer_timeout = Millis(300);
  options.retry_max = Millis(100);
  return options;
}

inline void run_on(EventLoop& loop, Task task) {
  std::promise<void> done;
  loop.post([&] {
    task();
    done.set_value();
  });
  REQUIRE(done.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}

// The loop runs from the beginning; the client connects when it is started.
struct RedisDesk {
  explicit RedisDesk(const RedisOptions& given) : options(given), client(loop, options) {
    loop.start();
  }
  ~RedisDesk() { end(); }
  // Before what the client calls is gone. `first` runs on the loop.
  void end(Task first = [] {}) {
    if (std::exchange(ended, true)) return;
    run_on(loop, [&] {
      first();
      client.stop();
    });
    loop.stop();
  }
  void start() {
    loop.post([this] { client.start(); });
  }
  bool comes_up() const {
    return becomes_true([this] { return client.up(); });
  }

  const RedisOptions options;
  EventLoop loop{"redis"};
  RedisClient client;
  bool ended = false;
};

}  // namespace mpim::testing
