#include "server/bus/channel_slot.h"

#include <catch2/catch.hpp>

#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

// A slot with its client.
struct Claimant {
  Claimant(const RedisProcess& redis, const std::string& id, uint64_t epoch, Millis lease)
      : desk(testing::quick_redis(redis.url())),
        slot(desk.client, {NodeId{id}, epoch}, lease, [this](uint32_t got) {
          channel = got;
          ++claims;
        }) {
    desk.client.on_change([this](bool up) { slot.redis_changed(up); });
    desk.start();
  }
  ~Claimant() {
    desk.end([this] { slot.stop(); });
  }
  bool gets(uint32_t wanted) {
    return becomes_true([&] { return channel == wanted; });
  }

  std::atomic<uint32_t> channel{0};
  std::atomic<int> claims{0};
  testing::RedisDesk desk;
  ChannelSlot slot;
};

TEST_CASE("the channel of a node is its id's FNV-1a, the same everywhere", "[bus][M1][G10]") {
  // From the authors' own list of test vectors.
  CHECK(stable_hash("") == 0xcbf29ce484222325ULL);
  CHECK(stable_hash("a") == 0xaf63dc4c8601ec8cULL);
  CHECK(stable_hash("foobar") == 0x85944171f73967e8ULL);
  CHECK(first_channel(NodeId{"local"}) == 10'000 + stable_hash("local") % 50'000);
  CHECK(first_channel(NodeId{"a"}) == 10'000 + 0xaf63dc4c8601ec8cULL % 50'000);
}

TEST_CASE("a slot that another node has is passed over", "[bus][G25][G10]") {
  RedisProcess redis;
  const uint32_t first = first_channel(NodeId{"n"});
  redis.cli({"SET", "slot:" + std::to_string(first), "other 1"});
  redis.cli({"SET", "slot:" + std::to_string(first + 1), "n 6"});  // of an earlier run
  Claimant node(redis, "n", 7, Millis(600));
  CHECK(node.gets(first + 2));
  CHECK(redis.cli({"GET", "slot:" + std::to_string(first + 2)}) == "n 7\n");
}

TEST_CASE("a slot is kept while its node lives, and claimed again when Redis lost it",
          "[bus][G17]") {
  RedisProcess redis;
  Claimant node(redis, "n", 7, Millis(600));
  const uint32_t channel = first_channel(NodeId{"n"});
  REQUIRE(node.gets(channel));
  redis.cli({"FLUSHALL"});
  const std::string key = "slot:" + std::to_string(channel);
  CHECK(becomes_true([&] { return redis.cli({"GET", key}) == "n 7\n"; }));
  redis.kill();
  redis.start();
  CHECK(becomes_true([&] { return redis.cli({"GET", key}) == "n 7\n"; }));
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < Millis(1'000))
    REQUIRE(redis.cli({"GET", key}) == "n 7\n");
}

}  // namespace
}  // namespace mpim
