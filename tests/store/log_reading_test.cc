#include <catch2/catch.hpp>

#include "server/telemetry/metrics.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

TEST_CASE("a reader pages through a log without gap or repeat", "[store][M12]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  for (int i = 0; i < 25; ++i) db.send(draft(alice, bob, "x"));
  const ConversationId talk = db.send(draft(bob, alice, "x")).entry->conversation;
  std::vector<uint64_t> seen;
  Seq at;
  while (at < Seq(26)) {
    const Page page = db.store().log().after(bob, talk, at, 10, 100'000).value();
    REQUIRE(page.head == Seq(26));
    REQUIRE(page.entries.size() <= 10);
    REQUIRE_FALSE(page.entries.empty());
    for (const EntryPtr& entry : page.entries) seen.push_back(entry->seq.value);
    CHECK(page.through == page.entries.back()->seq);
    at = page.through;
  }
  REQUIRE(seen.size() == 26);
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == i + 1);
  CHECK(db.store().log().after(bob, talk, Seq(26), 10, 1'000).value().entries.empty());
}

TEST_CASE("a page ends when it holds enough text, and always holds one entry", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  ConversationId talk;
  for (int i = 0; i < 5; ++i) {
    talk = db.send(draft(alice, bob, std::string(1'000, 'x'))).entry->conversation;
  }
  CHECK(db.store().log().after(bob, talk, Seq(), 10, 2'500).value().entries.size() == 3);
  const Page one = db.store().log().after(bob, talk, Seq(), 10, 10).value();
  CHECK(one.entries.size() == 1);
  CHECK(one.through == Seq(1));
}

TEST_CASE("history before a join and after a leave cannot be read", "[store][M6]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice);             // 1: alice joins
  db.send(draft(alice, group.id, "before"));       // 2
  CHECK(db.join(group.id, bob) == Seq(3));         // 3: bob sees his own join
  db.send(draft(bob, group.id, "hello"));          // 4
  CHECK(db.leave(group.id, bob) == Seq(5));        // 5: and his own leave
  db.send(draft(alice, group.id, "without him"));  // 6
  CHECK(db.seqs_after(alice, group.conversation) == std::vector<uint64_t>{1, 2, 3, 4, 5, 6});
  CHECK(db.seqs_after(bob, group.conversation) == std::vector<uint64_t>{3, 4, 5});
  const Page gone = db.store().log().after(bob, group.conversation, Seq(), 10, 1'000).value();
  CHECK(gone.head == Seq(5));
  CHECK(gone.through == Seq(5));
}

TEST_CASE("reading jumps over the time a member was away", "[store][M6]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});      // 1, 2
  db.leave(group.id, bob);                         // 3
  db.send(draft(alice, group.id, "without him"));  // 4
  db.send(draft(alice, group.id, "without him"));  // 5
  db.join(group.id, bob);                          // 6
  db.send(draft(alice, group.id, "with him"));     // 7
  CHECK(db.seqs_after(bob, group.conversation) == std::vector<uint64_t>{2, 3, 6, 7});
  CHECK(db.seqs_after(bob, group.conversation, Seq(4)) == std::vector<uint64_t>{6, 7});
  const Page first = db.store().log().after(bob, group.conversation, Seq(), 2, 1'000).value();
  CHECK(first.through == Seq(3));
  CHECK(first.head == Seq(7));
  const Page all =
      db.store().log().after(bob, group.conversation, first.through, 10, 1'000).value();
  CHECK(all.entries.size() == 2);
  CHECK(all.through == Seq(7));
}

TEST_CASE("entries below the floor are passed over", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const ConversationId talk = db.send(draft(alice, bob, "1")).entry->conversation;
  for (int i = 2; i <= 5; ++i) db.send(draft(alice, bob, "x"));
  db.close();
  // Retention raises the floor first and deletes afterwards: one entry is still there.
  db.plant("DELETE FROM messages WHERE seq < 3; UPDATE conversations SET floor = 4");
  db.crash_and_reopen();
  CHECK(db.seqs_after(bob, talk) == std::vector<uint64_t>{4, 5});
  const Device phone = db.device(bob);
  const Standing at = db.store().cursors().standing(bob, phone.id, talk).value();
  CHECK(at.floor == Seq(4));
  CHECK(db.store().cursors().inbox(bob, phone.id, {}).value().pending == 2);
}

TEST_CASE("a page with a hole is refused, and does not count as read", "[store][M25]") {
  Database db(Backend::kSqliteIndexedAtOnce);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Device phone = db.device(bob);
  ConversationId talk;
  for (int i = 0; i < 5; ++i) talk = db.send(draft(alice, bob, "x")).entry->conversation;
  const int missing = GENERATE(1, 3, 5);
  db.plant("DELETE FROM messages_by_seq WHERE id % 1073741824 = " + std::to_string(missing));
  db.crash_and_reopen();
  const auto code = [](const auto& result) {
    return result.ok() ? Code::kInternal : result.error().code;
  };
  CHECK(code(db.store().log().after(bob, talk, Seq(), 10, 1'000)) == Code::kUnavailable);
  CHECK(code(db.store().cursors().inbox(bob, phone.id, {10, 1'000, 10})) == Code::kUnavailable);
  CHECK(db.seqs_after(bob, talk, Seq(static_cast<uint64_t>(missing))).size() ==
        5 - static_cast<size_t>(missing));
}

TEST_CASE("whoever never was a member learns nothing about a conversation", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId eve = db.user("eve");
  const MessageId id = db.send(draft(alice, bob, "secret")).committed.id;
  const auto mine = db.store().log().after(eve, id.conversation(), Seq(), 10, 1'000);
  const auto none = db.store().log().after(eve, ConversationId(4711), Seq(), 10, 1'000);
  CHECK(mine.error().code == Code::kNotFound);
  CHECK(mine.error().message == none.error().message);
  CHECK(db.store().cursors().standing(eve, DeviceId(1), id.conversation()).error().code ==
        Code::kNotFound);
  const auto read =
      db.change([&](Store& s) { return s.cursors().raise_read(eve, id.conversation(), Seq(1)); });
  CHECK(read.error().code == Code::kNotFound);
  CHECK(db.store().log().find({id.conversation(), Seq(2)}).error().code == Code::kNotFound);
}

TEST_CASE("what was said lately is read from memory, as it stands after an edit and a recall",
          "[store][M67]") {
  Database db;
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const MessageId one = db.send(draft(alice, bob, "one")).committed.id;
  const MessageId two = db.send(draft(alice, bob, "two")).committed.id;
  const auto texts = [&] {
    std::vector<std::string> read;
    const Page page = db.store().log().after(bob, one.conversation(), Seq(), 2, 1'000).value();
    for (const EntryPtr& entry : page.entries) read.push_back(entry->text);
    return read;
  };
  const auto change = [&](MessageId of, bool recall, const std::string& text) {
    const EntryChange wanted{.of = of, .by = alice, .device = {}, .recall = recall, .text = text};
    REQUIRE(db.change([&](Store& s) { return s.log().change(wanted, kNow); }).ok());
  };
  const uint64_t memory = counted(Counter::kCacheLogMemory);
  const uint64_t index = counted(Counter::kCacheLogDatabase);
  CHECK(texts() == std::vector<std::string>{"one", "two"});
  change(one, false, "uno");
  change(two, true, "");
  CHECK(texts() == std::vector<std::string>{"uno", ""});
  CHECK(counted(Counter::kCacheLogMemory) == memory + 4);
  CHECK(counted(Counter::kCacheLogDatabase) == index);
}

}  // namespace
}  // namespace mpim::test
