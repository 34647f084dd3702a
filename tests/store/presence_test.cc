#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

std::string friends(UserId one, UserId other, int state = 3) {
  const auto row = [state](UserId user, UserId with) {
    return "(" + std::to_string(user.value) + ", " + std::to_string(with.value) + ", " +
           std::to_string(state) + ", 1, 0)";
  };
  return "REPLACE INTO friendships (user, friend, state, version, changed_at) VALUES " +
         row(one, other) + ", " + row(other, one);
}

std::string blocks(UserId user, UserId blocked, int state = 1) {
  return "REPLACE INTO blocks (user, blocked, state, version, changed_at) VALUES (" +
         std::to_string(user.value) + ", " + std::to_string(blocked.value) + ", " +
         std::to_string(state) + ", 1, 0)";
}

std::vector<UserId> visible(Database& db, UserId asker, const std::vector<UserId>& users) {
  std::vector<UserId> seen;
  const std::vector<LastSeen> found = db.store().presence().visible(asker, users).value();
  for (const LastSeen& each : found) seen.push_back(each.user);
  return seen;
}

bool sees(Database& db, UserId asker, UserId user) {
  const Watching pair{asker, user};
  const bool may = db.store().presence().may_see({&pair, 1}).value().front();
  CHECK(visible(db, asker, {user}).size() == (may ? 1 : 0));
  return may;
}

Code typing(Database& db, UserId by, const Recipient& to, Timestamp now = kNow) {
  const auto answer = db.store().presence().typing(by, to, now);
  return answer.ok() ? Code::kInternal : answer.error().code;
}

TEST_CASE("presence is for oneself, friends and people of one's groups", "[store][P9]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const UserId nobody(4711);
  CHECK(visible(db, alice, {carol, nobody, alice, bob, kSystemUser}) == std::vector{alice});
  SECTION("friends, of both sides, as long as they are") {
    db.plant(friends(alice, bob, 1));
    CHECK_FALSE(sees(db, alice, bob));
    db.plant(friends(alice, bob));
    CHECK(sees(db, alice, bob));
    CHECK(sees(db, bob, alice));
    CHECK_FALSE(sees(db, carol, bob));
    CHECK(db.store().presence().friends(alice, 9).value().size() == 1);
    db.plant(friends(alice, bob, 0));
    CHECK_FALSE(sees(db, alice, bob));
    CHECK(db.store().presence().friends(alice, 9).value().empty());
  }
  SECTION("members of one group, as long as both belong and it lives") {
    const GroupId group = db.group(alice, {bob}).id;
    CHECK(sees(db, alice, bob));
    CHECK(sees(db, bob, alice));
    CHECK_FALSE(sees(db, carol, alice));
    db.plant("UPDATE `groups` SET dissolved_at = 5");
    CHECK_FALSE(sees(db, alice, bob));
    db.plant("UPDATE `groups` SET dissolved_at = 0");
    CHECK(sees(db, alice, bob));
    db.leave(group, bob);
    CHECK_FALSE(sees(db, alice, bob));
    CHECK_FALSE(sees(db, bob, alice));
  }
  SECTION("a direct talk makes nobody visible") {
    db.send(draft(alice, bob, "hi"));
    CHECK_FALSE(sees(db, alice, bob));
    CHECK_FALSE(sees(db, bob, alice));
  }
  SECTION("nobody who blocked him, friend or not") {
    db.group(alice, {bob});
    db.plant(friends(alice, bob));
    db.plant(blocks(bob, alice));
    CHECK_FALSE(sees(db, alice, bob));
    CHECK(sees(db, bob, alice));
    CHECK(db.store().presence().friends(alice, 9).value().empty());
    db.plant(blocks(bob, alice, 0));
    CHECK(sees(db, alice, bob));
  }
  SECTION("nobody who was removed") {
    db.plant(friends(alice, bob));
    REQUIRE(db.change([&](Store& s) { return s.accounts().remove(bob); }).ok());
    CHECK_FALSE(sees(db, alice, bob));
    CHECK(db.store().presence().friends(alice, 9).value().empty());
  }
}

TEST_CASE("friends come ascending, and so many at most", "[store][P9]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  for (int i = 0; i < 4; ++i) db.plant(friends(alice, db.user("u" + std::to_string(i))));
  const auto all = db.store().presence().friends(alice, 4).value();
  REQUIRE(all.size() == 4);
  CHECK(all[0].user == UserId(1002));
  CHECK(all[3].user == UserId(1005));
  CHECK(db.store().presence().friends(alice, 3).value().size() == 3);
}

TEST_CASE("last seen is the newest of the devices, and never moves back", "[store][P8]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const auto last = [&] {
    return db.store().presence().visible(alice, {&alice, 1}).value().front().at;
  };
  CHECK(last() == Timestamp{});
  const Device phone = db.device(alice, "phone");
  const Device web = db.device(alice, "web");
  CHECK(last() == kNow);
  const auto seen = [&](std::vector<SeenDevice> devices) {
    REQUIRE(db.change([&](Store& s) { return s.presence().seen(devices); }).ok());
  };
  seen({{phone.id, kNow + Millis(7)}, {web.id, kNow + Millis(3)}, {DeviceId(4711), kNow}});
  CHECK(last() == kNow + Millis(7));
  seen({{phone.id, kNow + Millis(1)}});
  CHECK(last() == kNow + Millis(7));
  db.crash_and_reopen();
  CHECK(last() == kNow + Millis(7));
}

TEST_CASE("who may not send to somebody may not say that he is typing", "[store][P9]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  CHECK(typing(db, alice, UserId(4711)) == Code::kNotFound);
  CHECK(typing(db, alice, UserName{"nobody", "nobody"}) == Code::kNotFound);
  CHECK(typing(db, alice, kSystemUser) == Code::kNotFound);
  // Before anything was sent there is no conversation to speak of.
  CHECK_FALSE(db.store().presence().typing(alice, bob, kNow).value().audience.conversation);
  const ConversationId talk = db.send(draft(alice, bob, "hi")).entry->conversation;
  for (const Recipient& to : {Recipient(bob), Recipient(UserName{"Bob", "bob"})}) {
    const auto told = db.store().presence().typing(alice, to, kNow).value();
    CHECK(told.audience.conversation == talk);
    CHECK(told.audience.direct());
    CHECK(told.receiver == bob);
  }
  db.plant("UPDATE users SET friends_only = 1 WHERE name_key = 'bob'");
  CHECK(typing(db, alice, bob) == Code::kDenied);
  db.plant(friends(alice, bob));
  CHECK(db.store().presence().typing(alice, bob, kNow).ok());
  db.plant(blocks(alice, bob));
  CHECK(typing(db, alice, bob) == Code::kBlocked);
  CHECK(typing(db, bob, alice) == Code::kBlocked);
  db.plant("UPDATE users SET disabled = 1 WHERE name_key = 'bob'");
  CHECK(typing(db, alice, bob) == Code::kDisabled);
}

TEST_CASE("outsiders and the muted may not say that they are typing in a group", "[store][P9]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(alice, {bob});
  CHECK(typing(db, alice, GroupId(4711)) == Code::kNotFound);
  CHECK(typing(db, carol, group.id) == Code::kNotMember);
  const auto told = db.store().presence().typing(bob, group.id, kNow).value();
  CHECK(told.audience.conversation == group.conversation);
  CHECK(told.audience.group == group.id);
  CHECK(told.members == 2);
  const std::string soon = std::to_string(kNow.ms + 1);
  SECTION("the group is muted: its admins may") {
    db.plant("UPDATE `groups` SET muted_until = " + soon);
    CHECK(typing(db, bob, group.id) == Code::kMuted);
    CHECK(db.store().presence().typing(alice, group.id, kNow).ok());
    CHECK(db.store().presence().typing(bob, group.id, kNow + Millis(1)).ok());
  }
  SECTION("the member is muted") {
    db.plant("UPDATE members SET muted_until = " + soon + " WHERE user = 1002");
    CHECK(typing(db, bob, group.id) == Code::kMuted);
    CHECK(db.store().presence().typing(bob, group.id, kNow + Millis(1)).ok());
  }
  SECTION("the group is dissolved") {
    db.plant("UPDATE `groups` SET dissolved_at = 5");
    CHECK(typing(db, alice, group.id) == Code::kDissolved);
  }
  SECTION("he left") {
    db.leave(group.id, bob);
    CHECK(typing(db, bob, group.id) == Code::kNotMember);
  }
}

}  // namespace
}  // namespace mpim::test
