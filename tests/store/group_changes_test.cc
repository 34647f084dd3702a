// What admins change, and what is then refused.
#include <catch2/catch.hpp>

#include "server/core/group_rights.h"
#include "server/store/sql/verify/verify.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

constexpr Role kRoles[] = {Role::kMember, Role::kAdmin, Role::kOwner};

// A group with an owner, an admin and a member, and somebody outside it.
struct Room {
  explicit Room(Backend backend = Backend::kSqlite, StoreOptions options = {})
      : db(backend, std::move(options)) {
    owner = db.user("owner");
    admin = db.user("admin");
    member = db.user("member");
    other = db.user("other");
    group = db.group(owner, {admin, member});
    REQUIRE(change(owner, SetMemberRole{admin, Role::kAdmin}).ok());
  }
  UserId of(Role role) const {
    return role == Role::kOwner ? owner : role == Role::kAdmin ? admin : member;
  }
  Result<Appended> change(UserId by, const GroupChange& what, Timestamp now = kNow) {
    return db.change([&](Store& s) { return s.groups().change(group.id, {by, {}}, what, now); });
  }
  Result<Appended> send(UserId from, Timestamp now = kNow) {
    return db.try_send(draft(from, group.id, "x"), now);
  }
  Code refusal(UserId from, Timestamp now = kNow) {
    const auto sent = send(from, now);
    return sent.ok() ? Code::kInternal : sent.error().code;
  }
  Result<JoinAsked> ask(UserId user) {
    return db.change([&](Store& s) { return s.groups().ask_to_join(group.id, {user, {}}, kNow); });
  }
  Result<Invitation> invite(UserId by, UserId user) {
    return db.change([&](Store& s) { return s.groups().invite(group.id, {by, {}}, user, kNow); });
  }
  Database db;
  UserId owner;
  UserId admin;
  UserId member;
  UserId other;
  Group group;
};

void check_sound(Database& db) {
  db.close();
  const auto driver = db.driver();
  const auto findings = verify(*driver);
  REQUIRE(findings.ok());
  for (const Finding& each : *findings) FAIL_CHECK(each.id << each.sentence);
}

TEST_CASE("each role may what the table of rights says, and nothing else", "[store][P18]") {
  const Role role = GENERATE(from_range(std::begin(kRoles), std::end(kRoles)));
  const auto allowed = [&](GroupAct act, const GroupChange& what) {
    Room room;
    const auto outcome = room.change(room.of(role), what);
    const bool denied = !outcome.ok() && outcome.error().code == Code::kDenied;
    INFO(right_to(act).words << " as " << name_of(role));
    CHECK(denied == !may(role, act));
    CHECK((outcome.ok() || denied || outcome.error().code == Code::kNotFound));
  };
  allowed(GroupAct::kRename, RenameGroup{"new"});
  allowed(GroupAct::kRename, DescribeGroup{"new"});
  allowed(GroupAct::kSetNotice, SetGroupNotice{"new"});
  allowed(GroupAct::kSetPolicy, SetJoinPolicy{JoinPolicy::kClosed});
  allowed(GroupAct::kApprove, ApproveMember{UserId(4711)});
  allowed(GroupAct::kMuteAll, MuteMember{});
  allowed(GroupAct::kDissolve, DissolveGroup{});
  Room room;
  if (role != Role::kOwner) {
    allowed(GroupAct::kTransfer, TransferGroup{room.of(role)});
    allowed(GroupAct::kSetRole, SetMemberRole{room.member, Role::kAdmin});
  }
  const auto invited = room.invite(room.of(role), room.other);
  CHECK(invited.ok() == may(role, GroupAct::kInvite));
}

TEST_CASE("nobody kicks or mutes somebody of his own role or a higher one", "[store][P18]") {
  const Role by = GENERATE(from_range(std::begin(kRoles), std::end(kRoles)));
  const Role whom = GENERATE(from_range(std::begin(kRoles), std::end(kRoles)));
  Room room;
  const auto muted = room.change(room.of(by), MuteMember{room.of(whom), Millis(9)});
  CHECK(muted.ok() == may(by, GroupAct::kMuteOne, whom));
  const auto kicked = room.change(room.of(by), KickMember{room.of(whom)});
  CHECK(kicked.ok() == may(by, GroupAct::kKick, whom));
}

TEST_CASE("operators may everything, and an outsider nothing", "[store][P18]") {
  Room room;
  CHECK(room.change(kSystemUser, RenameGroup{"a"}).ok());
  CHECK(room.change(kSystemUser, TransferGroup{room.member}).ok());
  CHECK(room.change(kSystemUser, MuteMember{room.member, std::nullopt}).ok());
  CHECK(room.change(kSystemUser, KickMember{room.member}).ok());
  CHECK(room.change(kSystemUser, KickMember{room.other}).error().code == Code::kNotMember);
  CHECK(room.change(room.other, RenameGroup{"b"}).error().code == Code::kNotMember);
  CHECK(room.change(kSystemUser, DissolveGroup{}).ok());
}

TEST_CASE("a mute meets what is sent after it until it runs out, also after a crash",
          "[store][M6][P19]") {
  Room room(GENERATE(from_range(backends())));
  CHECK(room.send(room.member).ok());
  REQUIRE(room.change(room.admin, MuteMember{room.member, Millis(1'000)}).ok());
  CHECK(room.refusal(room.member) == Code::kMuted);
  CHECK(room.send(room.member).error().retry_ms == 1'000);
  CHECK(room.refusal(room.member, kNow + Millis(999)) == Code::kMuted);
  CHECK(room.send(room.member, kNow + Millis(1'000)).ok());
  room.db.leave(room.group.id, room.member);
  room.db.join(room.group.id, room.member);
  room.db.crash_and_reopen();
  CHECK(room.refusal(room.member, kNow + Millis(999)) == Code::kMuted);
  REQUIRE(room.change(room.admin, MuteMember{room.member, Millis(0)}).ok());
  CHECK(room.send(room.member).ok());

  REQUIRE(room.change(room.owner, MuteMember{{}, std::nullopt}).ok());
  CHECK(room.refusal(room.member) == Code::kMuted);
  CHECK(room.send(room.admin).ok());
  CHECK(room.send(kSystemUser).ok());
  room.db.crash_and_reopen();
  CHECK(room.refusal(room.member) == Code::kMuted);
}

TEST_CASE("what is rolled back was never so: a mute, a kick, a dissolved group", "[store][P19]") {
  Room room;
  const GroupChange what =
      GENERATE_REF(GroupChange(MuteMember{room.member, std::nullopt}), GroupChange(MuteMember{}),
                   GroupChange(DissolveGroup{}), GroupChange(KickMember{room.member}));
  const bool whole = GENERATE(true, false);
  Store& store = room.db.store();
  REQUIRE(store.begin().ok());
  REQUIRE(store.savepoint().ok());
  REQUIRE(store.groups().change(room.group.id, {room.owner, {}}, what, kNow).ok());
  CHECK_FALSE(store.log().append(draft(room.member, room.group.id, "no"), kNow).ok());
  if (whole) {
    store.rollback();
    REQUIRE(store.begin().ok());
  } else {
    store.rollback_to_savepoint();
  }
  CHECK(store.log().append(draft(room.member, room.group.id, "yes"), kNow).ok());
  REQUIRE(store.commit().ok());
}

TEST_CASE("a muted member edits nothing, and takes back what is his", "[store][P19]") {
  Room room;
  const MessageId sent = room.send(room.member)->committed.id;
  REQUIRE(room.change(room.admin, MuteMember{room.member, std::nullopt}).ok());
  const auto put = [&](UserId by, bool recall) {
    return room.db.change([&](Store& s) {
      return s.log().change({sent, by, {}, recall, recall ? "" : "new"}, kNow);
    });
  };
  CHECK(put(room.member, false).error().code == Code::kMuted);
  CHECK(put(room.member, true).ok());
  const MessageId of_owner = room.send(room.owner)->committed.id;
  const auto taken_back = room.db.change([&](Store& s) {
    return s.log().change({of_owner, room.admin, {}, true, ""}, kNow);
  });
  CHECK(taken_back.ok() == may(Role::kAdmin, GroupAct::kRecallOthers));
}

TEST_CASE("a dissolved group keeps its history for who belonged, and takes nothing more",
          "[store][M6][P16][P19]") {
  Room room(GENERATE(from_range(backends())));
  REQUIRE(room.invite(room.owner, room.other).ok());
  const MessageId sent = room.send(room.member)->committed.id;
  const auto ended = room.change(room.owner, DissolveGroup{});
  REQUIRE(ended.ok());
  if (GENERATE(true, false)) room.db.crash_and_reopen();
  const Seq last = ended->committed.id.seq();
  CHECK(room.refusal(room.owner) == Code::kDissolved);
  CHECK(room.refusal(kSystemUser) == Code::kDissolved);
  CHECK(room.ask(room.other).error().code == Code::kDissolved);
  CHECK(room.change(kSystemUser, RenameGroup{"x"}).error().code == Code::kDissolved);
  const auto edited = room.db.change([&](Store& s) {
    return s.log().change({sent, room.member, {}, true, ""}, kNow);
  });
  CHECK(edited.error().code == Code::kDissolved);
  CHECK(room.db.seqs_after(room.member, room.group.conversation).back() == last.value);
  CHECK(room.db.store().groups().of_user(room.member)->empty());
  CHECK(room.db.store().groups().invitations(room.other)->empty());
  CHECK(room.db.store().groups().find(room.group.id)->members == 0);
  room.db.close();
  const auto driver = room.db.driver();
  const auto findings = verify(*driver);
  REQUIRE(findings.ok());
  for (const Finding& each : *findings) FAIL_CHECK(each.id << each.sentence);
}

TEST_CASE("requests and invitations that wait are bounded, and settled by a join", "[store][P17]") {
  StoreOptions options;
  options.limits.group_requests_max = 1;
  Room room(Backend::kSqlite, options);
  const UserId late = room.db.user("late");
  REQUIRE(room.change(room.owner, SetJoinPolicy{JoinPolicy::kApproval}).ok());
  CHECK_FALSE(room.ask(room.other)->joined.has_value());
  CHECK(room.ask(room.other)->asked_before);
  const auto too_many = room.ask(late);
  REQUIRE(too_many.error().code == Code::kLimit);
  CHECK(too_many.error().message ==
        "group 1001 has 1 requests to join open, all that groups.requests_max allows: ask again "
        "when its admins have answered one");
  REQUIRE(room.invite(room.admin, room.other).ok());
  CHECK(room.invite(room.admin, room.other).error().code == Code::kExists);
  const auto too_many_invited = room.invite(room.admin, late);
  REQUIRE(too_many_invited.error().code == Code::kLimit);
  CHECK(too_many_invited.error().message ==
        "group 1001 has 1 invitations open, all that groups.requests_max allows: one must be "
        "taken up or declined first");
  REQUIRE(room.ask(room.other)->joined.has_value());
  CHECK(room.db.store().groups().requests(room.group.id, {}, 9)->empty());
  CHECK(room.db.store().groups().invitations(room.other)->empty());
  CHECK_FALSE(room.ask(late)->joined.has_value());
}

TEST_CASE("two owners one after the other leave, and the oldest member has the group",
          "[store][P18]") {
  Room room;
  room.db.join(room.group.id, room.other);
  room.db.leave(room.group.id, room.owner);
  CHECK(room.db.store().groups().find(room.group.id)->owner == room.admin);
  CHECK(room.change(room.admin, SetMemberRole{room.member, Role::kAdmin}).ok());
  room.db.leave(room.group.id, room.admin);
  CHECK(room.db.store().groups().find(room.group.id)->owner == room.member);
  CHECK(room.change(room.member, DissolveGroup{}).ok());
}

TEST_CASE("a message to 100,000 members is one row, as one to ten is", "[store][M4][X11]") {
  Database db;
  const UserId owner = db.user("owner");
  const auto filled = [&](uint32_t count, const std::string& prefix) {
    const Group group = db.group(owner);
    uint32_t made = 0;
    while (made < count) {
      const auto batch = db.change([&](Store& s) -> Result<Imported> {
        std::vector<ImportedMember> members;
        for (uint32_t i = 0; i < kImportBatch && made < count; ++i, ++made) {
          const std::string name = prefix + std::to_string(made);
          members.push_back({s.accounts().create({name, name}, "h", kNow).value()});
        }
        return s.groups().import(group.id, members, kNow);
      });
      REQUIRE(batch.ok());
      REQUIRE(batch->entry.has_value());
    }
    return db.store().groups().find(group.id).value();
  };
  const Group small = filled(9, "s");
  const Group large = filled(99'999, "l");
  CHECK(small.members == 10);
  REQUIRE(large.members == 100'000);
  db.send(draft(owner, small.id, "to ten"));
  db.send(draft(owner, large.id, "to all"));
  const auto last = db.store().groups().members(large.id, UserId(large.owner.value + 90'000), 10);
  REQUIRE(last->size() == 10);
  const UserId one = last->front().user;
  CHECK(db.seqs_after(one, large.conversation).size() <= 101);
  CHECK(db.store().cursors().unread(one, 9)->front().count == 1);
  db.close();
  const auto driver = db.driver();
  const auto rows = [&](const std::string& of) { return driver->ask_once(of)->front(); };
  CHECK(rows("SELECT COUNT(*) FROM messages WHERE kind = 0") == "2");
  // The owner's join and one entry for each thousand.
  CHECK(rows("SELECT COUNT(*) FROM messages WHERE conversation = " +
             std::to_string(large.conversation.value)) == "102");
  CHECK(rows("SELECT COUNT(*) FROM cursors") == "0");
  const auto findings = verify(*driver);
  REQUIRE(findings.ok());
  for (const Finding& each : *findings) FAIL_CHECK(each.id << each.sentence);
}

TEST_CASE("a group goes to an active account, and to a disabled one when there is no other",
          "[store][P18]") {
  Room room;
  const auto disable = [&](UserId user) {
    REQUIRE(room.db.change([&](Store& s) { return s.accounts().set_disabled(user, true); }).ok());
  };
  const auto heir = [&] {
    room.db.leave(room.group.id, room.owner);
    return room.db.store().groups().find(room.group.id)->owner;
  };
  SECTION("an active member comes before a disabled admin") {
    disable(room.admin);
    CHECK(heir() == room.member);
  }
  SECTION("all others are disabled") {
    disable(room.admin);
    disable(room.member);
    CHECK(heir() == room.admin);
  }
  SECTION("who was removed is nobody's heir") {
    room.db.close();
    room.db.plant("UPDATE users SET removed = 1 WHERE id = " + std::to_string(room.admin.value));
    room.db.crash_and_reopen();
    CHECK(heir() == room.member);
  }
}

TEST_CASE("who inherits a group is told in its log, just before the owner's end", "[store][P18]") {
  Room room(GENERATE(from_range(backends())));
  const UserId by = GENERATE(true, false) ? room.owner : kSystemUser;
  const auto ended = room.db.change(
      [&](Store& s) { return s.groups().leave(room.group.id, room.owner, {}, by, kNow); });
  REQUIRE(ended.ok());
  const auto page =
      room.db.store().log().after(room.member, room.group.conversation, Seq(), 99, 99'999);
  REQUIRE(page->entries.size() >= 2);
  const Entry& told = **(page->entries.end() - 2);
  CHECK(told.kind == EntryKind::kRole);
  CHECK(told.subject == room.admin);
  CHECK(told.sender == by);
  CHECK(told.text == "owner");
  const Entry& last = *page->entries.back();
  CHECK(last.kind == (by == room.owner ? EntryKind::kLeave : EntryKind::kKick));
  CHECK(last.id() == ended->committed.id);
  CHECK(room.db.seqs_after(room.owner, room.group.conversation).back() == last.seq.value);
  check_sound(room.db);
}

TEST_CASE("who becomes the owner is muted no more, however he becomes it", "[store][P18][P19]") {
  Room room(GENERATE(from_range(backends())));
  const auto remove_owner = [&] {
    REQUIRE(room.db.change([&](Store& s) { return s.accounts().remove(room.owner); }).ok());
  };
  const auto join_again = [&](UserId user) {
    room.db.leave(room.group.id, user);
    remove_owner();  // nobody is left
    room.db.join(room.group.id, user);
  };
  const auto import = [&](UserId user) {
    room.db.leave(room.group.id, user);
    remove_owner();
    const auto imported =
        room.db.change([&](Store& s) { return s.groups().import(room.group.id, {{user}}, kNow); });
    REQUIRE(imported.ok());
  };
  for (const UserId user : {room.admin, room.member})
    REQUIRE(room.change(room.owner, MuteMember{user, std::nullopt}).ok());
  UserId heir = room.admin;
  SECTION("it is handed over") { REQUIRE(room.change(room.owner, TransferGroup{heir}).ok()); }
  SECTION("the owner leaves") { room.db.leave(room.group.id, room.owner); }
  SECTION("the owner is removed") { remove_owner(); }
  SECTION("he comes first into an empty group") {
    room.db.leave(room.group.id, room.admin);
    join_again(heir = room.member);
  }
  SECTION("he is the first of an import") {
    room.db.leave(room.group.id, room.admin);
    import(heir = room.member);
  }
  CHECK(room.db.store().groups().find(room.group.id)->owner == heir);
  CHECK(room.send(heir).ok());
  room.db.crash_and_reopen();
  CHECK(room.send(heir).ok());
}

TEST_CASE("a group that its last member leaves is dissolved, whatever its policy",
          "[store][P16][P17]") {
  Room room(GENERATE(from_range(backends())));
  const auto join = GENERATE(JoinPolicy::kOpen, JoinPolicy::kApproval, JoinPolicy::kClosed);
  const UserId by = GENERATE(true, false) ? room.owner : kSystemUser;
  if (join != JoinPolicy::kOpen) REQUIRE(room.change(room.owner, SetJoinPolicy{join}).ok());
  REQUIRE(room.invite(room.owner, room.other).ok());
  room.db.leave(room.group.id, room.admin);
  room.db.leave(room.group.id, room.member);
  const auto last = room.db.change(
      [&](Store& s) { return s.groups().leave(room.group.id, room.owner, {}, by, kNow); });
  REQUIRE(last.ok());
  Store& store = room.db.store();
  CHECK(store.groups().find(room.group.id)->dissolved_at == kNow);
  CHECK(room.ask(room.other).error().code == Code::kDissolved);
  CHECK(room.ask(room.owner).error().code == Code::kDissolved);
  CHECK(store.groups().invitations(room.other)->empty());
  // His own leave is the last he sees; the log ends with the group.
  const Seq left = last->committed.id.seq();
  CHECK(room.db.seqs_after(room.owner, room.group.conversation).back() == left.value);
  const EntryPtr end = store.log().find({room.group.conversation, left.next()}).value();
  CHECK(end->kind == EntryKind::kDissolve);
  CHECK(end->sender == by);
  room.db.crash_and_reopen();
  CHECK(room.ask(room.other).error().code == Code::kDissolved);
  check_sound(room.db);
}

TEST_CASE("who is muted neither renames the group nor describes it nor sets its notice",
          "[store][P18][P19]") {
  Room room(GENERATE(from_range(backends())));
  const GroupChange words =
      GENERATE(GroupChange(RenameGroup{"new"}), GroupChange(DescribeGroup{"new"}),
               GroupChange(SetGroupNotice{"new"}));
  REQUIRE(room.change(room.owner, MuteMember{{}, std::nullopt}).ok());  // which admins may break
  REQUIRE(room.change(room.owner, MuteMember{room.admin, Millis(1'000)}).ok());
  const auto refused = room.change(room.admin, words, kNow + Millis(1));
  REQUIRE(refused.error().code == Code::kMuted);
  CHECK(refused.error().retry_ms == 999);
  CHECK_THAT(refused.error().message, Catch::EndsWith("until 2023-11-14T22:13:21Z"));
  CHECK(room.change(room.member, words).error().code == Code::kDenied);
  CHECK(room.change(room.admin, SetJoinPolicy{JoinPolicy::kClosed}).ok());
  CHECK(room.change(room.admin, words, kNow + Millis(1'000)).ok());
}

TEST_CASE("a user asks to join, and is invited, as often as the limit says", "[store][P17]") {
  StoreOptions options;
  options.limits.group_requests_max = 2;
  Room room(Backend::kSqlite, options);
  std::vector<GroupId> groups;
  for (int i = 0; i < 3; ++i) {
    groups.push_back(room.db.group(room.owner).id);
    const auto policy = room.db.change([&](Store& s) {
      return s.groups().change(groups.back(), {room.owner, {}},
                               SetJoinPolicy{JoinPolicy::kApproval}, kNow);
    });
    REQUIRE(policy.ok());
  }
  const auto ask = [&](GroupId group, UserId user) {
    return room.db.change([&](Store& s) {
      return s.groups().ask_to_join(group, {user, {}}, kNow);
    });
  };
  const auto invite = [&](GroupId group, UserId user) {
    return room.db.change([&](Store& s) {
      return s.groups().invite(group, {room.owner, {}}, user, kNow);
    });
  };
  CHECK(ask(groups[0], room.other).ok());
  CHECK(ask(groups[1], room.other).ok());
  CHECK(ask(groups[2], room.other).error().message ==
        "you have 2 requests to join open, all that groups.requests_max allows: one of them must "
        "be answered first");
  CHECK(invite(groups[0], room.member).ok());
  CHECK(invite(groups[1], room.member).ok());
  CHECK(invite(groups[2], room.member).error().message ==
        "user 1003 has 2 invitations open, all that groups.requests_max allows: he must take up "
        "or decline one first");
  REQUIRE(room.db.change([&](Store& s) { return s.groups().decline(groups[0], room.member, kNow); })
              .ok());
  CHECK(invite(groups[2], room.member).ok());
}

}  // namespace
}  // namespace mpim::test
