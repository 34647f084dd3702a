#include "server/service/rate_limit.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

namespace mpim {
namespace {

constexpr UserId kAlice{1001};
constexpr UserId kBob{1002};
constexpr UserId kCarol{1003};

TEST_CASE("a bucket gives its burst, then its rate, and says when to come back", "[service][G44]") {
  TokenBucket bucket({.per_s = 4, .burst = 3});
  const auto at = [&](int64_t ms) { return bucket.take({ms}); };
  CHECK(at(1'000) == 0);
  CHECK(at(1'000) == 0);
  CHECK(at(1'000) == 0);
  CHECK(at(1'000) == 250);
  CHECK(at(1'249) == 1);
  CHECK(at(1'250) == 0);
  CHECK(at(1'250) == 250);
  // A long pause gives the burst again, and no more.
  CHECK(at(99'000) == 0);
  CHECK(at(99'000) == 0);
  CHECK(at(99'000) == 0);
  CHECK(at(99'000) == 250);
  TokenBucket open({});
  for (int i = 0; i < 1'000; ++i) CHECK(open.take({1}) == 0);
}

TEST_CASE("over a minute of flooding exactly the rate and the burst come through",
          "[service][G44]") {
  RateTable table({.per_s = 100, .burst = 50});
  int passed = 0;
  for (int64_t ms = 1'000; ms < 61'000; ++ms)
    for (int i = 0; i < 3; ++i) passed += table.take(7, {ms}) == 0 ? 1 : 0;
  CHECK(passed == 50 + 5'999);  // the token of the last 10 ms is not due yet
}

TEST_CASE("each limit is named, and a refusal takes nothing from the others", "[service][G44]") {
  const auto refused = [](const auto& result, const std::string& setting) {
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == Code::kRateLimited);
    CHECK(result.error().message.find(setting) != std::string::npos);
    CHECK(result.error().retry_ms == 1'000);
  };
  const Instant now{5'000};
  SECTION("user") {
    RateLimit limit({.user = {1, 1}, .address = {}, .conversation = {}});
    CHECK(limit.may_send(kAlice, "10.0.0.1", kBob, now).ok());
    refused(limit.may_send(kAlice, "10.0.0.2", GroupId(1001), now), "limits.user_messages_per_s");
    CHECK(limit.may_send(kBob, "10.0.0.1", kAlice, now).ok());
  }
  SECTION("address") {
    RateLimit limit({.user = {1, 2}, .address = {1, 1}, .conversation = {}});
    CHECK(limit.may_send(kAlice, "10.0.0.1", kBob, now).ok());
    refused(limit.may_send(kBob, "10.0.0.1", kAlice, now), "limits.address_messages_per_s");
    refused(limit.may_send(kBob, "10.0.0.1", kAlice, now), "limits.address_messages_per_s");
    refused(limit.may_send(kBob, "10.0.0.1", kAlice, now), "limits.address_messages_per_s");
    CHECK(limit.may_send(kBob, "10.0.0.2", kAlice, now).ok());
  }
  SECTION("conversation: the two of a talk share it, other talks are free") {
    RateLimit limit({.user = {1, 2}, .address = {}, .conversation = {1, 1}});
    CHECK(limit.may_send(kAlice, "a", kBob, now).ok());
    refused(limit.may_send(kBob, "b", kAlice, now), "limits.conversation_messages_per_s");
    refused(limit.may_send(kBob, "b", kAlice, now), "limits.conversation_messages_per_s");
    CHECK(limit.may_send(kBob, "b", kCarol, now).ok());
    CHECK(limit.may_send(kBob, "b", GroupId(1001), now).ok());
    CHECK(limit.may_send(kCarol, "b", UserName{"Bob", "bob"}, now).ok());
    refused(limit.may_send(kCarol, "c", UserName{"bob", "bob"}, now),
            "limits.conversation_messages_per_s");
  }
  SECTION("a change counts as a message of its user and address, and takes nothing of a talk") {
    RateLimit limit({.user = {1, 2}, .address = {1, 3}, .conversation = {1, 1}});
    CHECK(limit.may_send(kAlice, "a", kBob, now).ok());
    CHECK(limit.may_change(kAlice, "a", now).ok());
    refused(limit.may_change(kAlice, "a", now), "limits.user_messages_per_s");
    refused(limit.may_send(kBob, "a", kAlice, now), "limits.conversation_messages_per_s");
    CHECK(limit.may_change(kBob, "a", now).ok());
    refused(limit.may_change(kCarol, "a", now), "limits.address_messages_per_s");
  }
  SECTION("what stored nothing takes no room in a conversation") {
    RateLimit limit({.user = {}, .address = {}, .conversation = {1, 1}});
    const auto taken = limit.may_send(kCarol, "c", GroupId(1001), now);
    REQUIRE(taken.ok());
    refused(limit.may_send(kAlice, "a", GroupId(1001), now), "limits.conversation_messages_per_s");
    limit.give_back(*taken);
    CHECK(limit.may_send(kAlice, "a", GroupId(1001), now).ok());
  }
  SECTION("none") {
    RateLimit limit({});
    for (int i = 0; i < 10'000; ++i) REQUIRE(limit.may_send(kAlice, "a", kBob, now).ok());
  }
}

TEST_CASE("one who floods takes nothing from anybody else", "[service][G44]") {
  RateTable table({.per_s = 1, .burst = 10});
  const Instant now{1'000};
  while (table.take(kAlice.value, now) == 0) {
  }
  for (uint64_t user = 1'002; user < 9'000; ++user)
    for (int i = 0; i < 10; ++i) REQUIRE(table.take(user, now) == 0);
  CHECK(table.take(kAlice.value, now) == 1'000);
}

TEST_CASE("old buckets make room: a table serves any number of users one after another",
          "[service][G44]") {
  RateTable table({.per_s = 1'000, .burst = 2});
  int64_t ms = 1'000;
  for (uint64_t user = 1; user <= 300'000; ++user) {
    REQUIRE(table.take(user, {ms}) == 0);
    REQUIRE(table.take(user, {ms}) == 0);
    REQUIRE(table.take(user, {ms}) == 1);
    if (user % 100 == 0) ms += 2;
  }
}

TEST_CASE("devices on several workers share one bucket", "[service][G44]") {
  RateTable table({.per_s = 1, .burst = 40'000});
  std::atomic<int> passed{0};
  REQUIRE(table.take(7, {1'000}) == 0);  // the bucket stands before they meet at it
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n)
        if (table.take(7, {1'000}) == 0) ++passed;
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(passed == 39'999);
}

TEST_CASE("another rate holds at once, begins with full buckets, and is told in refusals",
          "[service][G44][O30]") {
  RateLimit limit({.user = {.per_s = 1, .burst = 60}, .address = {}, .conversation = {}});
  const auto send = [&] { return limit.may_send(kAlice, "10.0.0.1", kBob, {1'000}); };
  for (int i = 0; i < 60; ++i) REQUIRE(send().ok());
  REQUIRE_FALSE(send().ok());
  limit.follow({.user = {.per_s = 100, .burst = 2}, .address = {}, .conversation = {}});
  CHECK(send().ok());
  CHECK(send().ok());
  const auto refused = send();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("allows 100 messages a second") != std::string::npos);
  CHECK(refused.error().retry_ms == 10);
  limit.follow({.user = {}, .address = {}, .conversation = {.per_s = 1, .burst = 1}});
  CHECK(send().ok());
  CHECK_FALSE(send().ok());
  limit.follow({.user = {}, .address = {}, .conversation = {}});
  for (int i = 0; i < 100; ++i) REQUIRE(send().ok());
}

TEST_CASE("a rate may change while devices on several workers send", "[service][O30]") {
  RateTable table({.per_s = 0, .burst = 0});
  std::atomic<bool> over{false};
  std::vector<std::thread> workers;
  for (uint64_t i = 0; i < 3; ++i)
    workers.emplace_back([&, i] {
      while (!over) {
        table.take(i, {1'000});
        table.give_back(i);
      }
    });
  for (uint32_t rate = 0; rate < 200; ++rate) table.set_rate({.per_s = rate % 3, .burst = rate});
  over = true;
  for (std::thread& worker : workers) worker.join();
  table.set_rate({.per_s = 1, .burst = 1});
  CHECK(table.take(7, {1'000}) == 0);
  CHECK(table.take(7, {1'000}) == 1'000);
}

}  // namespace
}  // namespace mpim
