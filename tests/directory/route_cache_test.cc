#include "server/directory/route_cache.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

const NodeRun kOne{NodeId{"one"}, 1};
const NodeRun kTwo{NodeId{"two"}, 2};
constexpr Instant kNow{1'000};

TEST_CASE("what is known of a user is forgotten in time, by name, and by what is heard",
          "[directory][P8][O3]") {
  RouteCache cache(100, Millis(50));
  const UserId bob(1'001);
  CHECK(!cache.find(bob, kNow));
  cache.keep(bob, {kOne}, kNow);
  CHECK(cache.find(bob, kNow) == std::vector{kOne});
  CHECK(!cache.find(bob, kNow + Millis(50)));
  cache.seen(bob, kOne.node);
  CHECK(cache.find(bob, kNow).has_value());
  cache.seen(bob, kTwo.node);
  CHECK(!cache.find(bob, kNow));
  cache.keep(bob, {}, kNow);
  CHECK(cache.find(bob, kNow) == std::vector<NodeRun>{});
  cache.forget(bob);
  CHECK(!cache.find(bob, kNow));
}

TEST_CASE("a node that nobody hears is forgotten until it is learnt again",
          "[directory][M57][P5][O3]") {
  RouteCache cache(100, Millis(50));
  const UserId bob(1'001);
  const UserId eve(1'002);
  cache.keep(bob, {kOne, kTwo}, kNow);
  cache.keep(eve, {kOne}, kNow);
  cache.forget(kTwo.node);
  CHECK(!cache.find(bob, kNow));
  CHECK(cache.find(eve, kNow).has_value());
  cache.keep(bob, {kTwo}, kNow);
  CHECK(cache.find(bob, kNow) == std::vector{kTwo});
}

TEST_CASE("the newest users are remembered, and never more than the bound", "[directory][P8]") {
  RouteCache cache(100, Millis(50));
  for (uint64_t user = 1; user <= 1'000; ++user) {
    cache.keep(UserId(user), {kOne}, kNow);
    REQUIRE(cache.size() <= 100);
    REQUIRE(cache.find(UserId(user), kNow).has_value());
  }
  CHECK(cache.find(UserId(960), kNow).has_value());
  CHECK(!cache.find(UserId(800), kNow));
}

}  // namespace
}  // namespace mpim
