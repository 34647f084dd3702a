#include <catch2/catch.hpp>
#include <random>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

// Three people and short words for what they do.
struct Town {
  explicit Town(Backend backend, StoreOptions options = {}) : db(backend, std::move(options)) {}
  using Deed = Result<PeopleChange> (People::*)(UserId, UserId, Timestamp);
  Result<PeopleChange> act(Deed deed, UserId user, UserId whom) {
    return db.change([&](Store& s) { return (s.people().*deed)(user, whom, kNow); });
  }
  Result<PeopleChange> ask(UserId user, UserId whom) {
    return act(&People::add_friend, user, whom);
  }
  Result<PeopleChange> accept(UserId user, UserId whom) { return act(&People::accept, user, whom); }
  Result<PeopleChange> reject(UserId user, UserId whom) { return act(&People::reject, user, whom); }
  Result<PeopleChange> part(UserId user, UserId whom) {
    return act(&People::remove_friend, user, whom);
  }
  Result<PeopleChange> block(UserId user, UserId whom) { return act(&People::block, user, whom); }
  Result<PeopleChange> unblock(UserId user, UserId whom) {
    return act(&People::unblock, user, whom);
  }
  FriendState state(UserId user, UserId whom) {
    const auto rows = db.store().people().friends(user, std::nullopt, UserId(), 100).value();
    for (const Friend& row : rows)
      if (row.user == whom) return row.state;
    return FriendState::kNone;
  }
  PrivateChanges since(UserId user, uint64_t version, uint32_t count_max = 100) {
    return db.store().people().changes_since(user, version, count_max).value();
  }
  Code sending(UserId from, UserId to) {
    const auto sent = db.try_send(draft(from, to, "x"));
    return sent.ok() ? Code::kInternal : sent.error().code;  // kInternal: it was taken
  }

  Database db;
  UserId alice = db.user("alice");
  UserId bob = db.user("bob");
  UserId carol = db.user("carol");
};
constexpr Code kTaken = Code::kInternal;

TEST_CASE("a friendship has two sides that agree through asking, accepting and removing",
          "[store][P14]") {
  Town town(GENERATE(from_range(backends())));
  const auto asked = town.ask(town.alice, town.bob).value();
  CHECK(asked.state == FriendState::kAsked);
  REQUIRE(asked.told.size() == 2);
  CHECK(asked.told[0].user == town.alice);
  CHECK(asked.told[1].user == town.bob);
  CHECK(asked.told[1].change.state == "requested");
  CHECK(town.state(town.alice, town.bob) == FriendState::kAsked);
  CHECK(town.state(town.bob, town.alice) == FriendState::kRequested);
  CHECK(town.ask(town.alice, town.bob).error().code == Code::kExists);
  CHECK(town.accept(town.alice, town.bob).error().code == Code::kNotFound);
  CHECK(town.part(town.bob, town.alice).error().code == Code::kNotFound);
  CHECK(town.accept(town.bob, town.alice).value().state == FriendState::kFriend);
  CHECK(town.state(town.alice, town.bob) == FriendState::kFriend);
  CHECK(town.state(town.bob, town.alice) == FriendState::kFriend);
  CHECK(town.reject(town.bob, town.alice).error().code == Code::kNotFound);
  CHECK(town.part(town.alice, town.bob).ok());
  CHECK(town.state(town.bob, town.alice) == FriendState::kNone);
  CHECK(town.part(town.bob, town.alice).error().code == Code::kNotFound);
}

TEST_CASE("whoever asks back is a friend; a rejected or withdrawn request may be made again",
          "[store][P14]") {
  Town town(GENERATE(from_range(backends())));
  REQUIRE(town.ask(town.alice, town.bob).ok());
  CHECK(town.ask(town.bob, town.alice).value().state == FriendState::kFriend);
  REQUIRE(town.ask(town.alice, town.carol).ok());
  CHECK(town.reject(town.carol, town.alice).value().state == FriendState::kNone);
  CHECK(town.state(town.alice, town.carol) == FriendState::kNone);
  REQUIRE(town.ask(town.alice, town.carol).ok());
  CHECK(town.part(town.alice, town.carol).ok());
  CHECK(town.accept(town.carol, town.alice).error().code == Code::kNotFound);
  CHECK(town.ask(town.carol, town.alice).value().state == FriendState::kAsked);
}

TEST_CASE("blocking ends what there was and refuses what comes, on either side",
          "[store][P14][M7]") {
  Town town(GENERATE(from_range(backends())));
  REQUIRE(town.ask(town.alice, town.bob).ok());
  REQUIRE(town.accept(town.bob, town.alice).ok());
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  const auto blocked = town.block(town.bob, town.alice).value();
  REQUIRE(blocked.told.size() == 3);
  CHECK(blocked.told[2].change.kind == ChangeKind::kBlock);
  CHECK(blocked.version == 4);
  CHECK(town.state(town.alice, town.bob) == FriendState::kNone);
  CHECK(town.sending(town.alice, town.bob) == Code::kBlocked);
  CHECK(town.sending(town.bob, town.alice) == Code::kBlocked);
  CHECK(town.sending(kSystemUser, town.bob) == kTaken);
  CHECK(town.sending(town.carol, town.bob) == kTaken);
  CHECK(town.ask(town.alice, town.bob).error().code == Code::kBlocked);
  CHECK(town.ask(town.bob, town.alice).error().code == Code::kBlocked);
  CHECK(town.block(town.bob, town.alice).error().code == Code::kExists);
  CHECK(town.db.store().people().blocks(town.bob, UserId(), 9).value().size() == 1);
  CHECK(town.db.store().people().blocks(town.bob, town.alice, 9).value().empty());
  REQUIRE(town.unblock(town.bob, town.alice).ok());
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  CHECK(town.unblock(town.bob, town.alice).error().code == Code::kNotFound);
  REQUIRE(town.block(town.bob, town.carol).ok());
  town.db.crash_and_reopen();
  CHECK(town.sending(town.carol, town.bob) == Code::kBlocked);
}

TEST_CASE("who hears from friends only is written to by friends, from one message to the next",
          "[store][M7][P13][P15]") {
  Town town(GENERATE(from_range(backends())));
  const auto policy = [&](bool friends_only) {
    ProfileChange change;
    change.friends_only = friends_only;
    REQUIRE(
        town.db.change([&](Store& s) { return s.people().set_profile(town.bob, change); }).ok());
  };
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  policy(true);
  CHECK(town.sending(town.alice, town.bob) == Code::kDenied);
  CHECK(town.sending(town.bob, town.bob) == kTaken);
  CHECK(town.sending(kSystemUser, town.bob) == kTaken);
  REQUIRE(town.ask(town.alice, town.bob).ok());
  CHECK(town.sending(town.alice, town.bob) == Code::kDenied);
  REQUIRE(town.accept(town.bob, town.alice).ok());
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  REQUIRE(town.part(town.alice, town.bob).ok());
  CHECK(town.sending(town.alice, town.bob) == Code::kDenied);
  policy(false);
  CHECK(town.sending(town.alice, town.bob) == kTaken);
}

TEST_CASE("what a rolled back block or friendship would have changed is forgotten",
          "[store][M7][P14]") {
  Town town(GENERATE(from_range(backends())));
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  const auto undone = town.db.change([&](Store& s) -> Result<bool> {
    MPIM_CHECKED(s.people().block(town.bob, town.alice, kNow));
    CHECK(s.log().append(draft(town.alice, town.bob, "x"), kNow).error().code == Code::kBlocked);
    return Error{Code::kBusy, "never mind"};
  });
  CHECK_FALSE(undone.ok());
  CHECK(town.sending(town.alice, town.bob) == kTaken);
  CHECK(town.since(town.bob, 0).version == 0);
  REQUIRE(town.block(town.bob, town.alice).ok());
  const auto half = town.db.change([&](Store& s) -> Result<bool> {
    MPIM_CHECKED(s.savepoint());
    MPIM_CHECKED(s.people().unblock(town.bob, town.alice, kNow));
    s.rollback_to_savepoint();
    return true;
  });
  CHECK(half.ok());
  CHECK(town.sending(town.alice, town.bob) == Code::kBlocked);
}

TEST_CASE("a retry of a message is answered although its sender was blocked since",
          "[store][M7][M48]") {
  Town town(GENERATE(from_range(backends())));
  const auto first = town.db.send(draft(town.alice, town.bob, "x", "c1"));
  REQUIRE(town.block(town.bob, town.alice).ok());
  const auto again = town.db.try_send(draft(town.alice, town.bob, "x", "c1"));
  REQUIRE(again.ok());
  CHECK(again->committed.id == first.committed.id);
}

TEST_CASE("friends, blocks and open requests have their limits, of both sides", "[store][P14]") {
  StoreOptions options;
  options.limits.friends_max = 1;
  options.limits.blocks_max = 1;
  options.limits.requests_max = 1;
  Town town(GENERATE(from_range(backends())), options);
  const UserId dora = town.db.user("dora");
  REQUIRE(town.ask(town.alice, town.bob).ok());
  CHECK(town.ask(town.alice, town.carol).error().code == Code::kLimit);  // made
  const auto full = town.ask(town.carol, town.bob);                      // got
  REQUIRE(full.error().code == Code::kLimit);
  CHECK(full.error().message ==
        "user 1002 has 1 friend requests open, all that people.requests_max allows: he must answer "
        "or take back one first");
  REQUIRE(town.accept(town.bob, town.alice).ok());
  REQUIRE(town.ask(town.carol, town.bob).ok());
  CHECK(town.accept(town.bob, town.carol).error().code == Code::kLimit);
  CHECK(town.ask(town.alice, dora).error().code == Code::kLimit);
  REQUIRE(town.part(town.bob, town.alice).ok());
  CHECK(town.accept(town.bob, town.carol).ok());
  REQUIRE(town.block(dora, town.bob).ok());
  const auto blocks = town.block(dora, town.alice);
  CHECK(blocks.error().code == Code::kLimit);
  CHECK(blocks.error().message ==
        "you have 1 people blocked, all that people.blocks_max allows: unblock one first");
  REQUIRE(town.unblock(dora, town.bob).ok());
  CHECK(town.block(dora, town.alice).ok());
}

TEST_CASE("nobody deals with himself, the system, or people who do not exist", "[store][P14]") {
  Town town(GENERATE(from_range(backends())));
  using Deed = Town::Deed;
  const Deed deeds[] = {&People::add_friend,    &People::accept, &People::reject,
                        &People::remove_friend, &People::block,  &People::befriend};
  for (const Deed deed : deeds) {
    CHECK(town.act(deed, town.alice, town.alice).error().code == Code::kBadRequest);
    CHECK(town.act(deed, town.alice, kSystemUser).error().code == Code::kDenied);
    CHECK(town.act(deed, town.alice, UserId(4711)).error().code == Code::kNotFound);
  }
  REQUIRE(town.db.change([&](Store& s) { return s.accounts().set_disabled(town.bob, true); }).ok());
  CHECK(town.ask(town.alice, town.bob).error().code == Code::kDisabled);
  CHECK(town.ask(town.bob, town.alice).error().code == Code::kDisabled);
  CHECK(town.block(town.alice, town.bob).ok());
}

TEST_CASE("what changed after a version is told in order, and a version of the future gets all",
          "[store][P14][P15][M32]") {
  Town town(GENERATE(from_range(backends())));
  REQUIRE(town.ask(town.alice, town.bob).ok());     // 1
  REQUIRE(town.accept(town.bob, town.alice).ok());  // 2
  const auto sent = town.db.send(draft(town.bob, town.alice, "hi"));
  const ConversationId talk = sent.entry->conversation;
  town.db.read(town.alice, talk, Seq(1));            // 3
  town.db.read(town.alice, talk, Seq(1));            // moved nothing
  REQUIRE(town.block(town.alice, town.carol).ok());  // 4
  ProfileChange about;
  about.about = "tea";
  REQUIRE(town.db.change([&](Store& s) { return s.people().set_profile(town.alice, about); }).ok());
  const PrivateChanges all = town.since(town.alice, 0);
  CHECK(all.version == 5);
  CHECK_FALSE(all.more);
  REQUIRE(all.changes.size() == 4);  // a friend's first change was overtaken by his second
  CHECK(all.changes[0].state == "friends");
  CHECK(all.changes[1].kind == ChangeKind::kRead);
  CHECK(all.changes[1].conversation == talk);
  CHECK(all.changes[1].through == Seq(1));
  CHECK(all.changes[2].kind == ChangeKind::kBlock);
  CHECK(all.changes[2].state == "on");
  CHECK(all.changes[3].kind == ChangeKind::kProfile);
  CHECK(town.since(town.alice, 4).changes.size() == 1);
  CHECK(town.since(town.alice, 5).changes.empty());
  CHECK(town.since(town.alice, 77).changes.size() == 4);
  const PrivateChanges some = town.since(town.alice, 0, 3);
  CHECK(some.more);
  CHECK(some.version == 4);
  CHECK(some.changes.size() == 3);
  CHECK(town.since(town.alice, some.version).changes.size() == 1);
  CHECK(town.db.store().people().changes_since(UserId(4711), 0, 9).error().code == Code::kNotFound);
}

TEST_CASE("a profile is kept as it was written, and only an upload of one's own is an avatar",
          "[store][P15]") {
  Town town(GENERATE(from_range(backends())));
  const auto set = [&](const ProfileChange& change) {
    return town.db.change([&](Store& s) { return s.people().set_profile(town.alice, change); });
  };
  CHECK(set({{}, {}, FileId(1), {}}).error().code == Code::kNotFound);
  town.db.close();
  town.db.plant(
      "INSERT INTO files (hash, bytes, mime, name, owner, created_at) VALUES"
      " (x'00', 1, 'image/png', 'a', 1001, 0), (x'01', 1, 'image/png', 'b', 1002, 0)");
  town.db.crash_and_reopen();
  REQUIRE(set({"Alice", "tea", FileId(1), {}}).ok());
  CHECK(set({{}, {}, FileId(2), {}}).error().code == Code::kNotFound);
  const Profile now = town.db.store().people().profile(town.alice).value();
  CHECK(now.display_name == "Alice");
  CHECK(now.about == "tea");
  CHECK(now.avatar == FileId(1));
  CHECK(now.version == 1);
  CHECK(town.db.store().people().profile(UserId(4711)).error().code == Code::kNotFound);
}

TEST_CASE("a removed user is nobody's friend any more, and his friends are told", "[store][P14]") {
  Town town(GENERATE(from_range(backends())));
  REQUIRE(town.ask(town.alice, town.bob).ok());
  REQUIRE(town.accept(town.bob, town.alice).ok());
  REQUIRE(town.ask(town.carol, town.alice).ok());
  REQUIRE(town.block(town.alice, town.db.user("dora")).ok());
  const auto told = town.db.change([&](Store& s) -> Result<std::vector<ToldChange>> {
    MPIM_TRY(auto all, s.people().end_all(town.alice, kNow));
    MPIM_CHECKED(s.accounts().remove(town.alice));
    return all;
  });
  REQUIRE(told.ok());
  REQUIRE(told->size() == 2);
  CHECK(told->at(0).user == town.bob);
  CHECK(told->at(0).change.state == "none");
  CHECK(told->at(1).user == town.carol);
  CHECK(town.state(town.bob, town.alice) == FriendState::kNone);
  CHECK(town.since(town.bob, 2).changes.size() == 1);
  CHECK(town.ask(town.bob, town.alice).error().code == Code::kNotFound);
}

TEST_CASE("a revoked device is gone with its cursors, and so is a log-in under way on it",
          "[store][G30]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Device phone = db.device(bob, "phone");
  const Device web = db.device(bob, "web");
  const auto sent = db.send(draft(alice, bob, "x"));
  db.raise_delivered(phone, sent.entry->conversation, Seq(1));
  const auto remove = [&](UserId of, DeviceId device) {
    return db.change([&](Store& s) { return s.accounts().remove_device(of, device); });
  };
  CHECK(remove(alice, phone.id).error().code == Code::kNotFound);
  REQUIRE(remove(bob, phone.id).ok());
  CHECK(remove(bob, phone.id).error().code == Code::kNotFound);
  CHECK(db.store().accounts().devices(bob).value().size() == 1);
  const auto current = db.store().accounts().check_current(bob, phone.id, phone.generation);
  CHECK(current.error().code == Code::kReplaced);
  CHECK(db.store().accounts().check_current(bob, web.id, web.generation).ok());
  const auto token = db.change([&](Store& s) { return s.accounts().set_token(phone.id, "t"); });
  CHECK(token.error().code == Code::kReplaced);
  CHECK(db.store().cursors().inbox(bob, db.device(bob, "phone").id, {}).value().pending == 1);
}

// Whatever people do to each other in whatever order, the two sides of each pair fit.
TEST_CASE("both sides agree after any two thousand deeds", "[store][P14]") {
  Town town(Backend::kSqlite);
  std::mt19937 random(7);
  const UserId people[] = {town.alice, town.bob, town.carol};
  const Town::Deed deeds[] = {&People::add_friend,    &People::accept, &People::reject,
                              &People::remove_friend, &People::block,  &People::unblock};
  for (int i = 0; i < 2'000; ++i) {
    const UserId user = people[random() % 3];
    const UserId whom = people[random() % 3];
    (void)town.act(deeds[random() % 6], user, whom);
    const FriendState one = town.state(user, whom);
    const FriendState other = town.state(whom, user);
    const bool fits = one == FriendState::kAsked       ? other == FriendState::kRequested
                      : one == FriendState::kRequested ? other == FriendState::kAsked
                                                       : one == other;
    REQUIRE(fits);
  }
}

TEST_CASE("at the limit one is a friend or blocked; past it the refusal says what to do",
          "[store][P14]") {
  StoreOptions options;
  options.limits.friends_max = 2;
  options.limits.blocks_max = 2;
  Town town(GENERATE(from_range(backends())), options);
  const UserId dora = town.db.user("dora");
  for (const UserId user : {town.bob, town.carol}) {
    REQUIRE(town.ask(town.alice, user).ok());
    REQUIRE(town.accept(user, town.alice).ok());
  }
  CHECK(town.ask(town.alice, dora).error().message ==
        "you have 2 friends, all that people.friends_max allows: remove one first");
  REQUIRE(town.ask(dora, town.alice).ok());
  CHECK(town.accept(town.alice, dora).error().code == Code::kLimit);
  CHECK(town.ask(dora, town.alice).error().code == Code::kExists);
  REQUIRE(town.part(dora, town.alice).ok());
  REQUIRE(town.part(town.alice, town.bob).ok());
  CHECK(town.ask(town.alice, dora).ok());
  REQUIRE(town.ask(town.bob, town.alice).ok());
  REQUIRE(town.accept(town.alice, town.bob).ok());
  CHECK(town.accept(dora, town.alice).error().message ==
        "user 1001 has 2 friends, all that people.friends_max allows: he must remove one first");

  REQUIRE(town.block(dora, town.alice).ok());
  REQUIRE(town.block(dora, town.bob).ok());
  CHECK(town.block(dora, town.carol).error().message ==
        "you have 2 people blocked, all that people.blocks_max allows: unblock one first");
  REQUIRE(town.unblock(dora, town.alice).ok());
  CHECK(town.block(dora, town.carol).ok());
}

}  // namespace
}  // namespace mpim::test
