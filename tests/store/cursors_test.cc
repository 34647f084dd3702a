#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

// Alice wrote ten messages to Bob, who has a phone.
struct Talk {
  explicit Talk(Backend backend) : db(backend) {
    alice = db.user("alice");
    bob = db.user("bob");
    phone = db.device(bob, "phone");
    for (int i = 0; i < 10; ++i) {
      conversation = db.send(draft(alice, bob, "x")).entry->conversation;
    }
  }
  Standing standing(const Device& device) {
    return db.store().cursors().standing(device.user, device.id, conversation).value();
  }
  Inbox inbox(const Device& device) {
    return db.store().cursors().inbox(device.user, device.id, {}).value();
  }

  Database db;
  UserId alice;
  UserId bob;
  Device phone;
  ConversationId conversation;
};

TEST_CASE("the inbox is what lies above the cursor", "[store][M2][M31]") {
  Talk talk(GENERATE(from_range(backends())));
  Inbox inbox = talk.inbox(talk.phone);
  REQUIRE(inbox.standings.size() == 1);
  CHECK(inbox.pending == 10);
  CHECK(inbox.unread == 10);
  CHECK(inbox.standings[0].peer == talk.alice);
  CHECK(inbox.standings[0].head == Seq(10));
  CHECK(inbox.standings[0].floor == Seq(1));
  CHECK(inbox.standings[0].member);
  talk.db.raise_delivered(talk.phone, talk.conversation, Seq(4));
  CHECK(talk.db.read(talk.bob, talk.conversation, Seq(3)) == Seq(3));
  talk.db.crash_and_reopen();
  inbox = talk.inbox(talk.phone);
  CHECK(inbox.pending == 6);
  CHECK(inbox.unread == 7);
  CHECK(inbox.standings[0].delivered == Seq(4));
  CHECK(inbox.standings[0].read == Seq(3));
}

TEST_CASE("the inbox brings the first pages, as far as was asked for", "[store][M2]") {
  Talk talk(GENERATE(from_range(backends())));
  const UserId carol = talk.db.user("carol");
  const ConversationId other = talk.db.send(draft(carol, talk.bob, "y")).entry->conversation;
  const auto pages = [&](const FirstPages& wanted) {
    const Inbox inbox = talk.db.store().cursors().inbox(talk.bob, talk.phone.id, wanted).value();
    CHECK(inbox.pending == talk.inbox(talk.phone).pending);
    CHECK(inbox.unread == talk.inbox(talk.phone).unread);
    std::vector<std::pair<ConversationId, std::vector<uint64_t>>> found;
    for (const BacklogPage& each : inbox.first_pages) {
      std::vector<uint64_t> seqs;
      for (const EntryPtr& entry : each.page.entries) seqs.push_back(entry->seq.value);
      CHECK(each.page.through == (seqs.empty() ? each.after : Seq(seqs.back())));
      found.emplace_back(each.conversation, seqs);
    }
    return found;
  };
  using Pages = std::vector<std::pair<ConversationId, std::vector<uint64_t>>>;
  CHECK(pages({}).empty());
  CHECK(pages({3, 1'000, 100}) == Pages{{talk.conversation, {1, 2, 3}}});
  CHECK(pages({100, 4, 100}) == Pages{{talk.conversation, {1, 2, 3, 4}}});
  CHECK(pages({100, 1'000, 9}) == Pages{{other, {1}}});  // ten are more than the window
  talk.db.raise_delivered(talk.phone, talk.conversation, Seq(8));
  CHECK(pages({100, 1'000, 9}) == Pages{{talk.conversation, {9, 10}}, {other, {1}}});
  // Read further than this device has received, and not so far.
  CHECK(talk.db.read(talk.bob, talk.conversation, Seq(9)) == Seq(9));
  CHECK(pages({100, 1'000, 9}) == Pages{{talk.conversation, {9, 10}}, {other, {1}}});
  CHECK(talk.inbox(talk.phone).unread == 2);
}

TEST_CASE("cursors move forward only", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  talk.db.raise_delivered(talk.phone, talk.conversation, Seq(7));
  talk.db.raise_delivered(talk.phone, talk.conversation, Seq(3));
  CHECK(talk.standing(talk.phone).delivered == Seq(7));
  CHECK(talk.db.read(talk.bob, talk.conversation, Seq(7)) == Seq(7));
  CHECK(talk.db.read(talk.bob, talk.conversation, Seq(2)) == Seq(7));
  CHECK(talk.standing(talk.phone).read == Seq(7));
}

TEST_CASE("an older generation moves nothing", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  const Device old = talk.phone;
  talk.phone = talk.db.device(talk.bob, "phone");
  const CursorMove move{talk.conversation, Seq(5)};
  const auto raise = [&](const Device& device) {
    return talk.db.change([&](Store& s) {
      return s.cursors().raise_delivered(device.id, device.generation, std::span(&move, 1));
    });
  };
  CHECK(raise(old).error().code == Code::kReplaced);
  CHECK(talk.standing(talk.phone).delivered == Seq());
  CHECK(raise(talk.phone).ok());
  CHECK(talk.standing(talk.phone).delivered == Seq(5));
}

TEST_CASE("an acknowledgement that waited is judged as if it came now", "[store][M35]") {
  Talk talk(GENERATE(from_range(backends())));
  const auto store = [&](const Ack& ack) {
    return talk.db.change([&](Store& s) {
      return store_late_ack(s.cursors(), s.log(), ack, Timestamp{1'700'000'000'000});
    });
  };
  const auto seen = [&](uint64_t seq) {
    const MessageId id(talk.conversation, Seq(seq));
    const Result<EntryPtr> entry = talk.db.store().log().find(id);
    return SeenEntry{id, entry.ok() ? (*entry)->at : Timestamp{1}};
  };
  const auto received = [&](const Device& device, uint64_t through) {
    return DeviceAck{talk.bob,
                     device.id,
                     device.generation,
                     {{talk.conversation, Seq(through), seen(through).at}},
                     {}};
  };
  REQUIRE(store(received(talk.phone, 6)).ok());
  REQUIRE(store(received(talk.phone, 4)).ok());  // it was overtaken
  REQUIRE(store(received(talk.phone, 6)).ok());  // whoever stored it died before he could say so
  CHECK(talk.standing(talk.phone).delivered == Seq(6));
  CHECK(store(received(talk.phone, 11)).error().code == Code::kReplaced);  // beyond what there is
  const Device old = talk.phone;
  talk.phone = talk.db.device(talk.bob, "phone");
  CHECK(store(received(old, 7)).error().code == Code::kReplaced);
  DeviceAck elsewhere = received(talk.phone, 1);
  elsewhere.moves = {{ConversationId(4711), Seq(1)}};
  CHECK(store(elsewhere).error().code == Code::kNotFound);
  CHECK(talk.standing(talk.phone).delivered == Seq(6));
  const auto read = [&](UserId user, uint64_t through) {
    return store(ReadMark{user, talk.phone.id, seen(through)});
  };
  REQUIRE(read(talk.bob, 8).ok());
  CHECK(read(talk.bob, 3)->read->at == Seq(8));
  CHECK(read(talk.bob, 11).error().code == Code::kReplaced);
  CHECK(read(talk.db.user("eve"), 2).error().code == Code::kNotFound);
  CHECK(talk.standing(talk.phone).read == Seq(8));
  // Another entry stands in its place, or what was there is not known.
  for (const Timestamp at : {seen(9).at + Millis(1), Timestamp{}}) {
    DeviceAck other = received(talk.phone, 9);
    other.moves[0].at = at;
    CHECK(store(other).error().code == Code::kReplaced);
    const SeenEntry of{seen(9).id, at};
    CHECK(store(ReadMark{talk.bob, talk.phone.id, of}).error().code == Code::kReplaced);
    CHECK(store(DeviceAck{talk.bob, talk.phone.id, talk.phone.generation, {}, {of}}).error().code ==
          Code::kReplaced);
    other.moves.push_back({talk.conversation, Seq(7), seen(7).at});
    CHECK(store(other)->dropped == 1);
    CHECK(talk.standing(talk.phone).delivered == Seq(7));
  }
  CHECK(talk.standing(talk.phone).read == Seq(8));
}

TEST_CASE("a cursor's move to a conversation that does not exist moves nothing", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  const CursorMove moves[] = {{talk.conversation, Seq(5)}, {ConversationId(4711), Seq(1)}};
  const auto raised = talk.db.change([&](Store& s) {
    return s.cursors().raise_delivered(talk.phone.id, talk.phone.generation, moves);
  });
  CHECK(raised.error().code == Code::kNotFound);
  CHECK(talk.standing(talk.phone).delivered == Seq());
}

TEST_CASE("only an entry that exists and may be seen can be marked as read", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  const auto read = [&](Seq seq) {
    return talk.db.change(
        [&](Store& s) { return s.cursors().raise_read(talk.bob, talk.conversation, seq); });
  };
  CHECK(read(Seq(11)).error().code == Code::kNotFound);
  CHECK(read(Seq(0)).error().code == Code::kNotFound);
  CHECK(talk.standing(talk.phone).read == Seq());
}

TEST_CASE("a new device begins at the read cursor, each device has its own", "[store][T2]") {
  Talk talk(GENERATE(from_range(backends())));
  talk.db.read(talk.bob, talk.conversation, Seq(6));
  const Device web = talk.db.device(talk.bob, "web");
  CHECK(talk.standing(web).delivered == Seq(6));
  CHECK(talk.inbox(web).pending == 4);
  CHECK(talk.standing(talk.phone).delivered == Seq());
  talk.db.read(talk.bob, talk.conversation, Seq(9));
  CHECK(talk.standing(web).delivered == Seq(6));
  talk.db.raise_delivered(web, talk.conversation, Seq(10));
  CHECK(talk.standing(talk.phone).delivered == Seq());
  CHECK(talk.standing(web).read == Seq(9));
}

TEST_CASE("cursors of a member begin where he joined", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice);
  db.send(draft(alice, group.id, "before"));
  db.join(group.id, bob);
  db.send(draft(alice, group.id, "after"));
  const Device phone = db.device(bob);
  const Standing at = db.store().cursors().standing(bob, phone.id, group.conversation).value();
  CHECK(at.delivered == Seq(2));
  CHECK(at.read == Seq(2));
  CHECK(at.group == group.id);
  const Inbox inbox = db.store().cursors().inbox(bob, phone.id, {}).value();
  CHECK(inbox.pending == 2);
  CHECK(inbox.unread == 1);
}

TEST_CASE("unread counts messages of others, not one's own and not changes", "[store][M31]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group group = db.group(alice, {bob});
  db.send(draft(alice, group.id, "1"));
  db.send(draft(bob, group.id, "mine"));
  db.join(group.id, carol);
  db.send(draft(carol, group.id, "2"));
  const ConversationId talk = db.send(draft(carol, bob, "3")).entry->conversation;
  db.send(draft(bob, alice, "mine"));
  const auto unread = db.store().cursors().unread(bob, 10).value();
  REQUIRE(unread.size() == 2);
  CHECK(unread[0].group == group.id);
  CHECK(unread[0].count == 2);
  CHECK(unread[1].conversation == talk);
  CHECK(unread[1].peer == carol);
  CHECK(unread[1].count == 1);
  CHECK(db.store().cursors().unread(bob, 1).value().size() == 1);
  const Device phone = db.device(bob);
  CHECK(db.store().cursors().inbox(bob, phone.id, {}).value().unread == 3);
}

TEST_CASE("somebody who left catches up to where he left", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  const Device phone = db.device(bob);
  db.send(draft(alice, group.id, "seen"));
  db.leave(group.id, bob);
  db.send(draft(alice, group.id, "unseen"));
  const Standing at = db.store().cursors().standing(bob, phone.id, group.conversation).value();
  CHECK_FALSE(at.member);
  CHECK(at.head == Seq(4));
  const Inbox inbox = db.store().cursors().inbox(bob, phone.id, {}).value();
  CHECK(inbox.pending == 3);
  CHECK(inbox.unread == 1);
}

TEST_CASE("counts stop at their bound", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  const auto more = talk.db.change([&](Store& s) -> Result<bool> {
    for (int i = 0; i < 1'500; ++i)
      MPIM_CHECKED(s.log().append(draft(talk.alice, talk.bob, "x"), kNow));
    return true;
  });
  REQUIRE(more.ok());
  CHECK(talk.inbox(talk.phone).pending == kCountedMax + 1);
  CHECK(talk.inbox(talk.phone).unread == kCountedMax + 1);
  CHECK(talk.db.store().cursors().unread(talk.bob, 10).value().at(0).count == kCountedMax + 1);
}

TEST_CASE("unread is exact, however much of one's own lies above the read cursor", "[store][M31]") {
  Talk talk(GENERATE(from_range(backends())));
  const auto add = [&](UserId from, UserId to, int count) {
    REQUIRE(talk.db
                .change([&](Store& s) -> Result<bool> {
                  for (int i = 0; i < count; ++i)
                    MPIM_CHECKED(s.log().append(draft(from, to, "x"), kNow));
                  return true;
                })
                .ok());
  };
  const auto unread = [&](UserId user) {
    return talk.db.store().cursors().unread(user, 9).value();
  };
  for (int i = 0; i < 5; ++i) add(talk.alice, talk.bob, 5'000);
  CHECK(unread(talk.alice).empty());
  add(talk.bob, talk.alice, 3);
  REQUIRE(unread(talk.alice).size() == 1);
  CHECK(unread(talk.alice)[0].count == 3);
}

TEST_CASE("what a reader hid is not unread", "[store][M31]") {
  Talk talk(GENERATE(from_range(backends())));
  REQUIRE(talk.db
              .change([&](Store& s) -> Result<bool> {
                for (const uint64_t seq : {2, 9, 10})
                  MPIM_CHECKED(s.log().hide(talk.bob, MessageId(talk.conversation, Seq(seq))));
                return true;
              })
              .ok());
  CHECK(talk.inbox(talk.phone).unread == 7);
  CHECK(talk.db.store().cursors().unread(talk.bob, 9).value().at(0).count == 7);
  talk.db.crash_and_reopen();
  CHECK(talk.inbox(talk.phone).unread == 7);
}

TEST_CASE("an operator sees what waits, page by page", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Device phone = db.device(bob, "phone");
  const Device web = db.device(bob, "web");
  db.device(carol);
  const ConversationId with_bob = db.send(draft(alice, bob, "x")).entry->conversation;
  db.send(draft(alice, carol, "x"));
  const Group group = db.group(alice, {bob});
  db.leave(group.id, bob);
  db.join(group.id, bob);
  Cursors& cursors = db.store().cursors();
  const auto all = cursors.offline({}, std::nullopt, 100).value();
  REQUIRE(all.size() == 5);
  CHECK(all[0].user == bob);
  CHECK(all[0].device == phone.id);
  CHECK(all[0].conversation == with_bob);
  CHECK(all[0].peer == alice);
  CHECK(all[0].pending == 1);
  CHECK(all[1].group == group.id);
  CHECK(all[1].pending == 3);
  CHECK(all[2].device == web.id);
  CHECK(all[4].user == carol);
  std::vector<uint64_t> paged;
  std::optional<OfflineRow> after;
  while (true) {
    const auto page = cursors.offline({}, after, 2).value();
    if (page.empty()) break;
    for (const OfflineRow& row : page) paged.push_back(row.pending);
    after = page.back();
  }
  CHECK(paged == std::vector<uint64_t>{1, 3, 1, 3, 1});
  CHECK(cursors.offline({.user = bob, .device = {}, .conversation = {}}, std::nullopt, 9)
            .value()
            .size() == 4);
  CHECK(cursors.offline({.user = {}, .device = web.id, .conversation = {}}, std::nullopt, 9)
            .value()
            .size() == 2);
  CHECK(cursors.offline({.user = {}, .device = {}, .conversation = with_bob}, std::nullopt, 9)
            .value()
            .size() == 2);
  db.raise_delivered(phone, with_bob, Seq(1));
  CHECK(cursors.offline({}, std::nullopt, 100).value().size() == 4);
}

TEST_CASE("an operator sets a delivered cursor exactly", "[store]") {
  Talk talk(GENERATE(from_range(backends())));
  const auto set = [&](DeviceId device, ConversationId of, Seq to) {
    return talk.db.change([&](Store& s) { return s.cursors().set_delivered(device, of, to); });
  };
  talk.db.raise_delivered(talk.phone, talk.conversation, Seq(8));
  REQUIRE(set(talk.phone.id, talk.conversation, Seq(2)).ok());
  CHECK(talk.standing(talk.phone).delivered == Seq(2));
  REQUIRE(set(talk.phone.id, talk.conversation, Seq(99)).ok());
  CHECK(talk.standing(talk.phone).delivered == Seq(10));
  CHECK(set(DeviceId(4711), talk.conversation, Seq(1)).error().code == Code::kNotFound);
  CHECK(set(talk.phone.id, ConversationId(4711), Seq(1)).error().code == Code::kNotFound);
}

}  // namespace
}  // namespace mpim::test
