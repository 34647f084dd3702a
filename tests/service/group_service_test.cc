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

TEST_CASE("who left or was kicked sees of a group what a stranger sees", "[service][M6][P16]") {
  ServiceRig rig;
  const LoggedIn ann = *rig.enroll("ann");
  const LoggedIn bob = *rig.enroll("bob");
  const LoggedIn eve = *rig.enroll("eve");
  const LoggedIn stranger = *rig.enroll("stranger");
  const GroupId group = rig.ask<Group>([&](auto reply) {
                             rig.groups.create(rig.caller(ann), "tea", "", std::move(reply));
                           })
                            ->id;
  const auto change = [&](const GroupChange& what) {
    rig.loop.advance(Millis(10));
    REQUIRE(rig.ask<Committed>([&](auto reply) {
                 rig.groups.change(rig.caller(ann), group, what, std::move(reply));
               })
                .ok());
  };
  const auto look = [&](const LoggedIn& who) {
    return rig.ask<GroupView>(
        [&](auto reply) { rig.groups.look(rig.caller(who), group, std::move(reply)); });
  };
  for (const LoggedIn& who : {bob, eve})
    REQUIRE(rig.ask<std::optional<Committed>>(
                   [&](auto reply) { rig.groups.join(rig.caller(who), group, std::move(reply)); })
                .ok());
  change(KickMember{bob.user});
  change(SetGroupNotice{"within"});
  change(SetJoinPolicy{JoinPolicy::kApproval});
  CHECK(look(bob)->group.notice.empty());
  CHECK(look(bob)->group.members == look(stranger)->group.members);
  change(SetJoinPolicy{JoinPolicy::kClosed});
  change(RenameGroup{"coffee"});
  CHECK(look(stranger).error().code == Code::kNotMember);
  CHECK(look(bob).error().code == Code::kNotMember);
  CHECK(look(eve)->group.name == "coffee");
  // Who belonged to the end goes on reading what was written, and sees what it was.
  change(DissolveGroup{});
  CHECK(look(eve)->group.dissolved_at.ms != 0);
  CHECK(look(ann)->group.name == "coffee");
  CHECK(look(bob).error().code == Code::kNotMember);
  CHECK(look(stranger).error().code == Code::kNotMember);
}
