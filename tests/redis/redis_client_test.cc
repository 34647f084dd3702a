#include "server/redis/redis_client.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "server/redis/redis_subscriber.h"
#include "tests/support/redis_process.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

constexpr auto kSoon = std::chrono::seconds(20);

RedisOptions options_for(const std::string& url) {
  RedisOptions options;
  options.address = *redis_address(url);
  options.connect_timeout = Millis(500);
  options.answer_timeout = Millis(300);
  options.retry_max = Millis(100);
  return options;
}

void run_on(EventLoop& loop, Task task) {
  std::promise<void> done;
  loop.post([&] {
    task();
    done.set_value();
  });
  REQUIRE(done.get_future().wait_for(kSoon) == std::future_status::ready);
}

// A client with its loop, started and stopped where that must be done.
class Desk {
 public:
  explicit Desk(const RedisOptions& options) : client(loop, options) {
    loop.start();
    loop.post([this] { client.start(); });
  }
  ~Desk() {
    run_on(loop, [this] { client.stop(); });
  }
  Result<RedisAnswer> ask(RedisCommand command) {
    std::promise<Result<RedisAnswer>> answer;
    client.ask(std::move(command),
               [&](Result<RedisAnswer> told) { answer.set_value(std::move(told)); });
    return answer.get_future().get();
  }
  bool comes_up() {
    return becomes_true([this] { return client.up(); });
  }
  // Why it does not come up, once that says `part`.
  bool says(const std::string& part) {
    return becomes_true([&] { return client.state().why.message.find(part) != std::string::npos; });
  }

  EventLoop loop{"redis"};
  RedisClient client;
};

TEST_CASE("commands of many threads are answered in the order of each", "[redis][G50]") {
  RedisProcess redis;
  Desk desk(options_for(redis.url()));
  REQUIRE(desk.comes_up());
  constexpr int kEach = 2'000;
  std::array<std::vector<int64_t>, 4> answers;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < answers.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i)
        desk.client.ask({"INCR", "k" + std::to_string(t)}, [&, t](const auto& answer) {
          answers[t].push_back(answer.ok() ? answer->number : -1);
        });
    });
  for (std::thread& each : threads) each.join();
  REQUIRE(desk.ask({"PING"}).ok());  // behind all of them
  for (const auto& seen : answers) {
    REQUIRE(seen.size() == kEach);
    for (int i = 0; i < kEach; ++i) REQUIRE(seen[static_cast<size_t>(i)] == i + 1);
  }
}

TEST_CASE("any bytes go in and come out, lists in lists too", "[redis][G50]") {
  RedisProcess redis;
  Desk desk(options_for("redis://?socket=" + redis.socket()));
  REQUIRE(desk.comes_up());
  const std::string bytes("a\0b\r\n\xff", 6);
  REQUIRE(desk.ask({"SET", "k", bytes}).ok());
  CHECK(desk.ask({"GET", "k"})->text == bytes);
  CHECK(desk.ask({"GET", "none"})->kind == RedisAnswer::Kind::kNothing);
  const auto nested = desk.ask({"EVAL", "return {1, {ARGV[1], false}}", "0", bytes});
  REQUIRE(nested.ok());
  CHECK(nested->number_at(0) == 1);
  CHECK(nested->list.at(1).text_at(0) == bytes);
  CHECK(nested->text_at(9).empty());
}

TEST_CASE("a Redis that is killed is found again, and what was under way is answered",
          "[redis][G17]") {
  RedisProcess redis;
  Desk desk(options_for(redis.url()));
  REQUIRE(desk.comes_up());
  redis.kill();
  REQUIRE(becomes_true([&] { return !desk.client.up(); }));
  const auto refused = desk.ask({"PING"});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kUnavailable);
  redis.start();
  REQUIRE(desk.comes_up());
  CHECK(desk.ask({"PING"}).ok());
}

TEST_CASE("a Redis that stands still is away after the answer's time-out, and comes back",
          "[redis][G17]") {
  RedisProcess redis;
  Desk desk(options_for(redis.url()));
  REQUIRE(desk.comes_up());
  redis.process().signal(SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  const auto answer = desk.ask({"PING"});
  const auto took = std::chrono::steady_clock::now() - began;
  REQUIRE(!answer.ok());
  CHECK(answer.error().message.find("no answer within 300 ms") != std::string::npos);
  CHECK(took < std::chrono::seconds(3));
  CHECK(!desk.client.up());
  redis.process().signal(SIGCONT);
  REQUIRE(desk.comes_up());
}

TEST_CASE("an idle connection notices by itself that Redis stands still", "[redis][G17]") {
  RedisProcess redis;
  Desk desk(options_for(redis.url()));
  REQUIRE(desk.comes_up());
  redis.process().signal(SIGSTOP);
  CHECK(becomes_true([&] { return !desk.client.up(); }));
  redis.process().signal(SIGCONT);
  REQUIRE(desk.comes_up());
}

TEST_CASE("a password, an ACL user and a database are used as the address says", "[redis][G25]") {
  RedisProcess redis;
  redis.cli({"ACL", "SETUSER", "mpim", "on", ">pa ss", "~mpim:*", "&mpim:*", "+@all"});
  Desk desk(options_for(redis.url("mpim:pa%20ss", "5")));
  REQUIRE(desk.comes_up());
  REQUIRE(desk.ask({"SET", "mpim:here", "1"}).ok());
  CHECK(redis.cli({"-n", "5", "GET", "mpim:here"}) == "1\n");
  const auto refused = desk.ask({"SET", "other", "1"});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kDenied);
  CHECK(refused.error().message.find("its ACL must allow") != std::string::npos);
}

TEST_CASE("what is wrong with a log-in is said with its remedy", "[redis][G25]") {
  RedisProcess redis({"--requirepass", "right", "--databases", "2"});
  SECTION("none") { CHECK(Desk(options_for(redis.url())).says("put USER:PASSWORD@ into")); }
  SECTION("wrong") {
    CHECK(Desk(options_for(redis.url(":wrong"))).says("mend the user or the password"));
  }
  SECTION("no such database") {
    CHECK(Desk(options_for(redis.url(":right", "7"))).says("raise `databases` there"));
  }
  SECTION("right") { CHECK(Desk(options_for(redis.url(":right", "1"))).comes_up()); }
}

TEST_CASE("a command that Redis does not have is told from one it may not do", "[redis][G25]") {
  RedisProcess redis({"--rename-command", "EVAL", ""});
  Desk desk(options_for(redis.url()));
  REQUIRE(desk.comes_up());
  const auto refused = desk.ask({"EVAL", "return 1", "0"});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kUnknownCommand);
  CHECK(refused.error().message.find("Redis refuses EVAL") == 0);
}

TEST_CASE("more commands than the bound are refused, and none is forgotten", "[redis][G50]") {
  RedisProcess redis;
  RedisOptions options = options_for(redis.url());
  options.pipeline_max = 10;
  options.answer_timeout = Millis(2'000);
  Desk desk(options);
  REQUIRE(desk.comes_up());
  redis.process().signal(SIGSTOP);
  std::atomic<int> busy{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < 100; ++i)
    desk.client.ask({"PING"}, [&](const Result<RedisAnswer>& answer) {
      if (!answer.ok() && answer.error().code == Code::kBusy) ++busy;
      ++answered;
    });
  redis.process().signal(SIGCONT);
  CHECK(becomes_true([&] { return answered == 100; }));
  CHECK(busy >= 90);
}

TEST_CASE("a subscription hears its channels again after Redis was away", "[redis][G17]") {
  RedisProcess redis;
  EventLoop loop("redis");
  std::atomic<int> subscribed{0};
  std::vector<std::string> heard;  // on the loop
  RedisSubscriber subscriber(
      loop, options_for(redis.url()),
      [&](const std::string& channel, const std::string& text) {
        heard.push_back(channel + "=" + text);
      },
      [&] { ++subscribed; });
  loop.start();
  loop.post([&] { subscriber.listen_to({"one", "two"}); });
  REQUIRE(becomes_true([&] { return subscribed == 1; }));
  CHECK(redis.cli({"PUBLISH", "one", "a"}) == "1\n");
  CHECK(redis.cli({"PUBLISH", "two", "b"}) == "1\n");
  const auto hears = [&](size_t count) {
    return becomes_true([&] {
      std::atomic<bool> all{false};
      run_on(loop, [&] { all = heard.size() == count; });
      return all.load();
    });
  };
  REQUIRE(hears(2));  // a connection that is killed may lose what was not read
  redis.kill();
  redis.start();
  REQUIRE(becomes_true([&] { return subscribed == 2; }));
  CHECK(redis.cli({"PUBLISH", "two", "c"}) == "1\n");
  REQUIRE(hears(3));
  CHECK(heard == std::vector<std::string>{"one=a", "two=b", "two=c"});
  loop.post([&] { subscriber.listen_to({"three"}); });
  REQUIRE(becomes_true([&] { return subscribed == 3; }));
  CHECK(redis.cli({"PUBLISH", "one", "d"}) == "0\n");
  run_on(loop, [&] { subscriber.stop(); });
}

}  // namespace
}  // namespace mpim
