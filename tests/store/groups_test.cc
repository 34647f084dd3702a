#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

Result<Appended> join(Database& db, GroupId group, UserId user) {
  return db.change([&](Store& s) { return s.groups().join(group, user, DeviceId(), user, kNow); });
}

void set_role(Database& db, const Group& group, UserId user, Role role) {
  db.close();
  db.plant("UPDATE members SET role = " + std::to_string(static_cast<int>(role)) +
           " WHERE conversation = " + std::to_string(group.conversation.value) +
           " AND user = " + std::to_string(user.value));
  db.crash_and_reopen();
}

TEST_CASE("groups are numbered from 1001 and begin with their owner's join", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const auto made = db.change(
      [&](Store& s) { return s.groups().create(alice, DeviceId(7), "tea", "every day", kNow); });
  REQUIRE(made.ok());
  const Group group = made.value().group;
  CHECK(group.id == GroupId(1001));
  CHECK(db.group(alice).id == GroupId(1002));
  const Entry& joined = *made.value().joined.entry;
  CHECK(joined.kind == EntryKind::kJoin);
  CHECK(joined.subject == alice);
  CHECK(joined.device == DeviceId(7));
  CHECK(joined.group == group.id);
  const Group found = db.store().groups().find(group.id).value();
  CHECK(found.name == "tea");
  CHECK(found.description == "every day");
  CHECK(found.owner == alice);
  CHECK(found.members == 1);
  CHECK(found.conversation == group.conversation);
  CHECK(db.store().groups().find(GroupId(4711)).error().code == Code::kNotFound);
}

TEST_CASE("a group's members are listed in order of their ids", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(carol, {alice, bob});
  const auto all = db.store().groups().members(group.id, UserId(), 10).value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].user == alice);
  CHECK(all[0].name == "alice");
  CHECK(all[0].role == Role::kMember);
  CHECK(all[2].role == Role::kOwner);
  CHECK(db.store().groups().members(group.id, alice, 1).value().at(0).user == bob);
  CHECK(db.store().groups().members(GroupId(4711), UserId(), 1).error().code == Code::kNotFound);
  CHECK(db.store().groups().is_member(group.id, bob).value());
  db.leave(group.id, bob);
  CHECK_FALSE(db.store().groups().is_member(group.id, bob).value());
  CHECK(db.store().groups().members(group.id, UserId(), 10).value().size() == 2);
}

TEST_CASE("who belongs, or did lately, is listed once each", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(alice, {bob, carol});  // 1, 2, 3
  const Seq left = db.leave(group.id, bob);           // 4
  db.leave(group.id, carol);                          // 5
  db.join(group.id, carol);                           // 6
  const auto since = [&](Seq seq, UserId after = UserId()) {
    return db.store().groups().members_since(group.id, seq, after, 10).value();
  };
  const auto all = since(left);
  REQUIRE(all.size() == 3);
  CHECK(all[0].user == alice);
  CHECK(all[0].still);
  CHECK(all[1].user == bob);
  CHECK_FALSE(all[1].still);
  CHECK(all[2].user == carol);
  CHECK(all[2].still);
  CHECK(since(left.next()).size() == 2);
  CHECK(since(left, bob).size() == 1);
}

TEST_CASE("a user's groups and all groups are listed", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  db.send(draft(alice, bob, "a direct talk is no group"));
  const Group one = db.group(alice, {bob});
  const Group two = db.group(bob);
  CHECK(db.store().groups().of_user(alice).value().size() == 1);
  const auto of_bob = db.store().groups().of_user(bob).value();
  REQUIRE(of_bob.size() == 2);
  CHECK(of_bob[0].id == one.id);
  CHECK(db.store().groups().list(GroupId(), 10).value().size() == 2);
  CHECK(db.store().groups().list(one.id, 10).value().at(0).id == two.id);
}

TEST_CASE("joining twice, and leaving what one is not in, are refused", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  CHECK(join(db, group.id, bob).error().code == Code::kExists);
  CHECK(join(db, GroupId(4711), bob).error().code == Code::kNotFound);
  CHECK(join(db, group.id, UserId(4711)).error().code == Code::kNotFound);
  db.leave(group.id, bob);
  const auto left =
      db.change([&](Store& s) { return s.groups().leave(group.id, bob, DeviceId(), bob, kNow); });
  CHECK(left.error().code == Code::kNotMember);
  CHECK(db.store().log().after(alice, group.conversation, Seq(), 10, 1'000).value().head == Seq(3));
}

TEST_CASE("being put out of a group is a kick by somebody", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  const auto kicked =
      db.change([&](Store& s) { return s.groups().leave(group.id, bob, DeviceId(), alice, kNow); });
  CHECK(kicked.value().entry->kind == EntryKind::kKick);
  CHECK(kicked.value().entry->sender == alice);
  CHECK(kicked.value().entry->subject == bob);
  CHECK(db.seqs_after(bob, group.conversation) == std::vector<uint64_t>{2, 3});
}

TEST_CASE("every change of membership raises the version", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice);
  const auto version = [&] {
    return db.store().log().audience(group.conversation).value().members_version;
  };
  const uint64_t start = version();
  db.join(group.id, bob);
  CHECK(version() == start + 1);
  db.leave(group.id, bob);
  CHECK(version() == start + 2);
  db.send(draft(alice, group.id, "x"));
  CHECK(version() == start + 2);
}

TEST_CASE("an owner who leaves hands over to the oldest admin, else the oldest member", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(alice, {carol, bob});
  const auto owner = [&] { return db.store().groups().find(group.id).value().owner; };
  SECTION("no admin") {
    db.leave(group.id, alice);
    CHECK(owner() == carol);
    CHECK(db.store().groups().members(group.id, bob, 1).value().at(0).role == Role::kOwner);
  }
  SECTION("an admin") {
    set_role(db, group, bob, Role::kAdmin);
    db.leave(group.id, alice);
    CHECK(owner() == bob);
  }
  SECTION("the last one") {
    for (const UserId user : {alice, bob, carol}) db.leave(group.id, user);
    CHECK(owner() == UserId());
    CHECK(db.store().groups().find(group.id).value().members == 0);
    CHECK(join(db, group.id, bob).error().code == Code::kDissolved);
  }
}

TEST_CASE("groups and users have their full count", "[store]") {
  StoreOptions options;
  options.limits.members_max = 2;
  options.limits.groups_of_user_max = 2;
  Database db(GENERATE(from_range(backends())), options);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(alice, {bob});
  const auto fourth = join(db, group.id, carol);
  REQUIRE(fourth.error().code == Code::kLimit);
  CHECK(fourth.error().message ==
        "group 1001 has 2 members, all that groups.members_max allows: somebody must leave first");
  db.group(alice);
  const auto third =
      db.change([&](Store& s) { return s.groups().create(alice, DeviceId(), "third", "", kNow); });
  REQUIRE(third.error().code == Code::kLimit);
  CHECK(third.error().message ==
        "you are in 2 groups, all that groups.per_user_max allows: leave one first");
  const auto imported = db.change([&](Store& s) {
    return s.groups().import(group.id, {{carol, Role::kMember}}, kNow);
  });
  CHECK(imported.error().message ==
        "group 1001 has 2 members, and 1 more are over the 2 that groups.members_max allows: "
        "import fewer");
  const Group of_carol = db.group(carol);
  const auto added = db.change(
      [&](Store& s) { return s.groups().join(of_carol.id, alice, DeviceId(), kSystemUser, kNow); });
  CHECK(added.error().message ==
        "user 1001 is in 2 groups, all that groups.per_user_max allows: he must leave one first");
  CHECK(db.store().groups().of_user(alice).value().size() == 2);
}

}  // namespace
}  // namespace mpim::test
