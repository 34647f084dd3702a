#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

TEST_CASE("making, joining and leaving a group are entries that everybody in it is told of",
          "[service][P16][P17]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  rig.directory.bind(ann.user, {});
  const Group group = *rig.ask<Group>([&](auto reply) {
    rig.groups.create(rig.caller(ann), "tea", "about tea", std::move(reply));
  });
  const auto join = [&] {
    return rig.ask<std::optional<Committed>>(
        [&](auto reply) { rig.groups.join(rig.caller(bob), group.id, std::move(reply)); });
  };
  const auto leave = [&] {
    return rig.ask<Committed>(
        [&](auto reply) { rig.groups.leave(rig.caller(bob), group.id, std::move(reply)); });
  };
  CHECK(join().value()->id.seq() == Seq(2));
  CHECK(join().error().code == Code::kExists);
  CHECK(leave()->id.seq() == Seq(3));
  CHECK(leave().error().code == Code::kNotMember);

  const auto told = rig.bus.all<EntryCommitted>();
  REQUIRE(told.size() == 3);
  CHECK(told[0].entry->kind == EntryKind::kJoin);
  CHECK(told[1].entry->subject == bob.user);
  CHECK(told[2].entry->kind == EntryKind::kLeave);
  CHECK(told[2].audience.members_version > told[1].audience.members_version);
}

TEST_CASE("only members see who is in a group", "[service][P17][M6]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const Group group = *rig.ask<Group>(
      [&](auto reply) { rig.groups.create(rig.caller(ann), "tea", "", std::move(reply)); });
  const auto members = [&](const LoggedIn& who) {
    return rig.ask<std::vector<Member>>([&](auto reply) {
      rig.groups.members(rig.caller(who), group.id, UserId{}, 10, std::move(reply));
    });
  };
  REQUIRE(members(ann).ok());
  CHECK(members(ann)->at(0).role == Role::kOwner);
  CHECK(members(bob).error().code == Code::kNotMember);
  const auto of_ann = *rig.ask<std::vector<Group>>(
      [&](auto reply) { rig.groups.groups(rig.caller(ann), std::move(reply)); });
  CHECK(of_ann.size() == 1);
}
