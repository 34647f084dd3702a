#include <catch2/catch.hpp>

#include <map>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

constexpr Millis kDay = std::chrono::hours(24);

TEST_CASE("a direct conversation is made by its first message and shared by both", "[store][M1]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Appended first = db.send(draft(alice, bob, "hello"));
  const Appended second = db.send(draft(bob, alice, "hi"));
  CHECK(first.entry->seq == Seq(1));
  CHECK(second.entry->seq == Seq(2));
  CHECK(first.entry->conversation == second.entry->conversation);
  CHECK(first.audience.one == alice);
  CHECK(first.audience.other == bob);
  CHECK(first.audience.direct());
  CHECK(first.committed.id == first.entry->id());
}

TEST_CASE("one may talk to oneself", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const ConversationId note = db.send(draft(alice, alice, "note")).entry->conversation;
  CHECK(db.seqs_after(alice, note) == std::vector<uint64_t>{1});
  CHECK(db.send(draft(alice, alice, "again")).entry->seq == Seq(2));
}

TEST_CASE("an entry is read back as it was stored", "[store][M24][M9]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Device phone = db.device(alice, "phone");
  const std::string text = "tabs\t\"quotes\" \xE4\xBD\xA0\xE5\xA5\xBD";
  const Draft sent{bob, alice, phone.id, "c1", ContentType::kImage, text};
  const MessageId id = db.send(sent).committed.id;
  db.crash_and_reopen();
  const EntryPtr read = db.store().log().find(id).value();
  CHECK(read->kind == EntryKind::kMessage);
  CHECK(read->type == ContentType::kImage);
  CHECK(read->sender == alice);
  CHECK(read->subject == bob);
  CHECK(read->device == phone.id);
  CHECK(read->at == kNow);
  CHECK(read->client_id == "c1");
  CHECK(read->text == text);
  CHECK_FALSE(read->group);
  const Page page = db.store().log().after(bob, id.conversation(), Seq(), 10, 1'000).value();
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0]->text == text);
}

TEST_CASE("whoever is written to by name or by number is kept with the entry", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  CHECK(db.send(draft(alice, bob, "by number")).entry->subject == bob);
  Draft by_name = draft(alice, bob, "by name");
  by_name.to = UserName{"Bob", "bob"};
  CHECK(db.send(by_name).entry->subject == bob);
  CHECK_FALSE(db.send(draft(alice, group.id, "to all")).entry->subject);
}

TEST_CASE("a repeated client id gets the first id again and stores nothing", "[store][M48]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Draft message = draft(alice, bob, "once", "c1");
  const Appended first = db.send(message);
  db.crash_and_reopen();
  const Appended again = db.send(message, kNow + kDay);
  CHECK(again.committed.duplicate);
  CHECK(again.committed.id == first.committed.id);
  CHECK(again.committed.at == first.committed.at);
  CHECK(again.entry == nullptr);
  CHECK(db.seqs_after(bob, first.entry->conversation) == std::vector<uint64_t>{1});
}

TEST_CASE("a repeat within one transaction is a repeat too", "[store][M48][M49]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const auto both = db.change([&](Store& s) -> Result<bool> {
    MPIM_TRY(const Appended first, s.log().append(draft(alice, bob, "x", "c1"), kNow));
    MPIM_TRY(const Appended again, s.log().append(draft(alice, bob, "x", "c1"), kNow));
    return again.committed.duplicate && again.committed.id == first.committed.id;
  });
  CHECK(both.value());
}

TEST_CASE("a client id used for another body is a conflict", "[store][M48]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const ConversationId talk = db.send(draft(alice, bob, "once", "c1")).entry->conversation;
  CHECK(db.try_send(draft(alice, bob, "twice", "c1")).error().code == Code::kConflict);
  Draft other_type = draft(alice, bob, "once", "c1");
  other_type.type = ContentType::kVoice;
  CHECK(db.try_send(other_type).error().code == Code::kConflict);
  Draft other_ext = draft(alice, bob, "once", "c1");
  other_ext.ext = "{}";
  CHECK(db.try_send(other_ext).error().code == Code::kConflict);
  CHECK(db.send(draft(bob, alice, "twice", "c1")).entry->seq == Seq(2));
  CHECK(db.seqs_after(bob, talk).size() == 2);
}

TEST_CASE("a client id is forgotten after its window", "[store][M48]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Draft message = draft(alice, bob, "once", "c1");
  db.send(message);
  CHECK(db.send(message, kNow + 30 * kDay - Millis(1)).committed.duplicate);
  const Appended later = db.send(message, kNow + 30 * kDay);
  CHECK_FALSE(later.committed.duplicate);
  CHECK(later.committed.id.seq() == Seq(2));
  CHECK(db.send(message, kNow + 31 * kDay).committed.id == later.committed.id);
}

TEST_CASE("a retry learns its first id even when its sender may not send any more",
          "[store][M48]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  const Appended first = db.send(draft(bob, group.id, "before", "c1"));
  db.leave(group.id, bob);
  CHECK(db.send(draft(bob, group.id, "before", "c1")).committed.id == first.committed.id);
  CHECK(db.try_send(draft(bob, group.id, "after", "c2")).error().code == Code::kNotMember);
}

TEST_CASE("who may not send is refused before anything is stored", "[store][M6][M7]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId eve = db.user("eve");
  const Group group = db.group(alice, {bob});
  const auto refusal = [&](const Draft& message) { return db.try_send(message).error().code; };
  CHECK(refusal(draft(eve, group.id, "let me in")) == Code::kNotMember);
  CHECK(refusal(draft(alice, GroupId(4711), "x")) == Code::kNotFound);
  CHECK(refusal(draft(alice, UserId(4711), "x")) == Code::kNotFound);
  CHECK(refusal(draft(UserId(4711), alice, "x")) == Code::kNotFound);
  CHECK(refusal(draft(alice, kSystemUser, "x")) == Code::kNotFound);
  REQUIRE(db.change([&](Store& s) { return s.accounts().set_disabled(bob, true); }).ok());
  CHECK(refusal(draft(alice, bob, "x")) == Code::kDisabled);
  CHECK(refusal(draft(bob, alice, "x")) == Code::kDisabled);
  CHECK(refusal(draft(bob, group.id, "x")) == Code::kDisabled);
  CHECK(db.store().log().changed_since({}, 10).value().heads.size() == 1);
  CHECK(db.seqs_after(alice, group.conversation) == std::vector<uint64_t>{1, 2});
  REQUIRE(db.change([&](Store& s) { return s.accounts().set_disabled(bob, false); }).ok());
  CHECK(db.try_send(draft(alice, bob, "x")).ok());
}

TEST_CASE("the system may write to anybody", "[store][M8]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const Group group = db.group(alice);
  const ConversationId notices = db.send(draft(kSystemUser, alice, "notice")).entry->conversation;
  CHECK(db.seqs_after(alice, notices) == std::vector<uint64_t>{1});
  CHECK(db.send(draft(kSystemUser, group.id, "notice")).entry->seq == Seq(2));
}

TEST_CASE("a full conversation refuses more", "[store]") {
  StoreOptions options;
  options.limits.seq_max = Seq(3);
  Database db(GENERATE(from_range(backends())), options);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  for (int i = 0; i < 3; ++i) db.send(draft(alice, bob, "x", "c" + std::to_string(i)));
  CHECK(db.try_send(draft(alice, bob, "x", "c3")).error().code == Code::kLimit);
  CHECK(db.send(draft(alice, bob, "x", "c2")).committed.duplicate);
}

TEST_CASE("what was not committed is gone, and its seq is taken again", "[store][M25]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const ConversationId talk = db.send(draft(alice, bob, "kept")).entry->conversation;
  REQUIRE(db.store().begin().ok());
  REQUIRE(db.store().log().append(draft(alice, bob, "lost", "c1"), kNow).value().entry->seq ==
          Seq(2));
  SECTION("when the transaction is rolled back") { db.store().rollback(); }
  SECTION("when the process dies") { db.crash_and_reopen(); }
  const Appended next = db.send(draft(alice, bob, "next", "c1"));
  CHECK(next.entry->seq == Seq(2));
  CHECK(db.seqs_after(bob, talk) == std::vector<uint64_t>{1, 2});
}

TEST_CASE("a job that is undone alone leaves its neighbours' seqs whole", "[store][M25]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  Store& store = db.store();
  REQUIRE(store.begin().ok());
  const ConversationId talk =
      store.log().append(draft(alice, bob, "1"), kNow).value().entry->conversation;
  REQUIRE(store.savepoint().ok());
  const auto undone = store.log().append(draft(alice, bob, "undone"), kNow);
  REQUIRE(undone.value().entry->seq == Seq(2));
  // A question in between makes the store write its heads down before they are undone.
  REQUIRE(store.log().after(alice, talk, Seq(), 10, 1'000).value().head == Seq(2));
  REQUIRE(store.log().append(draft(alice, carol, "undone"), kNow).ok());
  store.rollback_to_savepoint();
  CHECK(store.log().append(draft(alice, bob, "2"), kNow).value().entry->seq == Seq(2));
  CHECK(store.log().append(draft(alice, carol, "1"), kNow).value().entry->seq == Seq(1));
  REQUIRE(store.commit().ok());
  CHECK(db.seqs_after(bob, talk) == std::vector<uint64_t>{1, 2});
  db.crash_and_reopen();
  CHECK(db.send(draft(alice, bob, "3")).entry->seq == Seq(3));
}

TEST_CASE("a head written down within an undone job is owed again", "[store][M25]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  Store& store = db.store();
  const ConversationId talk = db.send(draft(alice, bob, "1")).entry->conversation;
  REQUIRE(store.begin().ok());
  REQUIRE(store.log().append(draft(alice, bob, "2"), kNow).ok());
  REQUIRE(store.savepoint().ok());
  REQUIRE(store.log().after(alice, talk, Seq(), 10, 1'000).value().head == Seq(2));
  store.rollback_to_savepoint();
  REQUIRE(store.commit().ok());
  db.crash_and_reopen();
  CHECK(db.store().log().after(bob, talk, Seq(), 10, 1'000).value().head == Seq(2));
}

TEST_CASE("heads that moved are found from a place on, indexed or not", "[store]") {
  Database db(GENERATE(from_range(file_backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  ChangePlace seen;
  const auto moved = [&] {
    const Changes changes = db.store().log().changed_since(seen, 10).value();
    std::map<ConversationId, Seq> heads;
    for (const ChangedHead& each : changes.heads) {
      CHECK(heads.emplace(each.audience.conversation, each.head).second);
      CHECK(each.audience.group ==
            db.store().log().audience(each.audience.conversation).value().group);
      CHECK(each.audience.other ==
            db.store().log().audience(each.audience.conversation).value().other);
    }
    CHECK_FALSE(changes.more);
    seen = changes.next;
    return heads;
  };
  CHECK(moved().empty());
  const ConversationId old = db.send(draft(alice, bob, "x")).audience.conversation;
  const ConversationId young = db.send(draft(alice, carol, "x")).audience.conversation;
  CHECK(moved() == std::map<ConversationId, Seq>{{old, Seq(1)}, {young, Seq(1)}});
  CHECK(moved().empty());
  db.send(draft(bob, alice, "x"));
  db.send(draft(alice, bob, "x"));
  const Group group = db.group(alice, {bob});
  CHECK(moved() == std::map<ConversationId, Seq>{{old, Seq(3)}, {group.conversation, Seq(2)}});
  CHECK(moved().empty());
}

TEST_CASE("what moved before anybody remembers is read from the log, in pieces", "[store]") {
  Database db(Backend::kSqliteIndexedAtOnce);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const ConversationId old = db.send(draft(alice, bob, "x")).audience.conversation;
  db.send(draft(alice, bob, "x"));
  const ConversationId young = db.send(draft(alice, carol, "x")).audience.conversation;
  db.crash_and_reopen();
  CHECK(db.store().log().changed_since({}, 2).value().heads.empty());  // all that was before
  const auto heads_of = [](const Changes& changes) {
    std::vector<std::pair<ConversationId, Seq>> heads;
    for (const ChangedHead& each : changes.heads)
      heads.emplace_back(each.audience.conversation, each.head);
    return heads;
  };
  using Heads = std::vector<std::pair<ConversationId, Seq>>;
  const Changes first = db.store().log().changed_since({1}, 1).value();
  CHECK(heads_of(first) == Heads{{old, Seq(2)}});
  CHECK(first.more);
  const Changes rest = db.store().log().changed_since(first.next, 1).value();
  CHECK(heads_of(rest) == Heads{{young, Seq(1)}});
  const Changes end = db.store().log().changed_since(rest.next, 1).value();
  CHECK(end.heads.empty());
  CHECK_FALSE(end.more);
  CHECK(end.next.value == rest.next.value);
}

TEST_CASE("the audience of a conversation is its two users, or its group", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const auto direct = db.send(draft(bob, alice, "x")).audience;
  const Group group = db.group(alice, {bob});
  CHECK(db.store().log().audience(direct.conversation).value().one == alice);
  const Audience of_group = db.store().log().audience(group.conversation).value();
  CHECK(of_group.group == group.id);
  db.leave(group.id, bob);
  CHECK(db.store().log().audience(group.conversation).value().members_version >
        of_group.members_version);
  CHECK(db.store().log().audience(ConversationId(4711)).error().code == Code::kNotFound);
}

}  // namespace
}  // namespace mpim::test
