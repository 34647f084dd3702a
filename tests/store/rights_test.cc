// What the writer remembers of who may send, and that it is never older than the rows.
#include <catch2/catch.hpp>

#include "server/telemetry/metrics.h"
#include "tests/store/database.h"

namespace mpim::test {

TEST_CASE("rights are answered from memory, and right after each change of them",
          "[store][P20][P21]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  REQUIRE(db.try_send(draft(bob, group.id, "first")).ok());
  const uint64_t hits = counted(Counter::kCacheRightsMemory);
  const uint64_t misses = counted(Counter::kCacheRightsDatabase);
  REQUIRE(db.try_send(draft(bob, group.id, "second")).ok());
  CHECK(counted(Counter::kCacheRightsMemory) > hits);
  CHECK(counted(Counter::kCacheRightsDatabase) == misses);
  const auto kicked = db.change([&](Store& in) {
    return in.groups().change(group.id, {alice, {}}, MuteMember{bob, std::chrono::hours(1)}, kNow);
  });
  REQUIRE(kicked.ok());
  CHECK(db.try_send(draft(bob, group.id, "x")).error().code == Code::kMuted);
  db.leave(group.id, bob);
  CHECK(db.try_send(draft(bob, group.id, "x")).error().code == Code::kNotMember);
  db.join(group.id, bob);
  CHECK(db.try_send(draft(bob, group.id, "x")).error().code == Code::kMuted);
  CHECK(db.try_send(draft(bob, group.id, "x"), kNow + std::chrono::hours(1)).ok());
  REQUIRE(db.change([&](Store& in) { return in.accounts().set_disabled(bob, true); }).ok());
  CHECK(db.try_send(draft(bob, group.id, "x")).error().code == Code::kDisabled);
}

}  // namespace mpim::test
