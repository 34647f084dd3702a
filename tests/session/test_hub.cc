// Many sessions on one worker: who hears of what.
#include <catch2/catch.hpp>

#include "tests/session/desk.h"

using namespace mpim;
using namespace mpim::sim;
using Seqs = std::vector<uint64_t>;

namespace {

struct Club {
  Desk desk;
  UserId alice = desk.person("alice");
  UserId bob = desk.person("bob");
  Group group = in_transaction(*desk.store, [this](Store& store) {
                  return store.groups().create(alice, {}, "club", "", desk.world.wall());
                }).group;

  Committed join(UserId user) {
    std::optional<Committed> made;
    desk.node.worker(0).groups.join(
        Caller{user, {}}, group.id,
        Reply<std::optional<Committed>>(
            desk.thread(),
            [&](Result<std::optional<Committed>> answer) { made = answer.value(); }));
    desk.run();
    return *made;
  }
  Committed leave(UserId user, DeviceId device = {}) {
    std::optional<Committed> made;
    desk.node.worker(0).groups.leave(
        Caller{user, device}, group.id,
        Reply<Committed>(desk.thread(), [&](Result<Committed> answer) { made = answer.value(); }));
    desk.run();
    return *made;
  }
};

}  // namespace

TEST_CASE("who joins while online hears the group from then on", "[hub][M3]") {
  Club club;
  const auto seat = club.desk.seat(club.bob);
  club.desk.send(club.alice, club.group.id, "before");
  club.join(club.bob);
  club.desk.send(club.alice, club.group.id, "after");
  CHECK(seat->out.texts == std::vector<std::string>{"", "after"});
  CHECK(seat->out.pushed == Seqs{3, 4});
}

TEST_CASE("a leave whose answer went to the device's earlier session is told to the present one",
          "[hub][M3]") {
  Club club;
  club.join(club.bob);
  const auto seat = club.desk.seat(club.bob);
  club.desk.send(club.alice, club.group.id, "now the hub knows who belongs");
  seat->out.pushed.clear();
  const Committed left = club.leave(club.bob, seat->device.id);  // and nobody says on_own()
  CHECK(seat->out.pushed == Seqs{left.id.seq().value});
}

TEST_CASE("messages that come together are told in order, also around a join and a leave",
          "[hub][M3][M25]") {
  Club club;
  club.join(club.bob);
  const auto bob = club.desk.seat(club.bob);
  const UserId carol = club.desk.person("carol");
  const auto hers = club.desk.seat(carol);
  const size_t before = bob->out.pushed.size();
  const uint64_t first = bob->out.pushed.back() + 1;
  club.desk.faults.hint_lost = 100;
  for (const char* text : {"one", "two", "three"}) club.desk.send(club.alice, club.group.id, text);
  club.join(carol);
  for (const char* text : {"four", "five"}) club.desk.send(club.alice, club.group.id, text);
  club.leave(carol);
  for (const char* text : {"six", "seven"}) club.desk.send(club.alice, club.group.id, text);
  CHECK(bob->out.pushed.size() == before);
  std::vector<EnvelopePtr> news;
  Audience audience = club.desk.store->log().audience(club.group.conversation).value();
  audience.members_version -= 2;
  for (uint64_t seq = first; seq < first + 9; ++seq) {
    const EntryPtr entry =
        club.desk.store->log().find(MessageId(club.group.conversation, Seq(seq))).value();
    if (entry->kind != EntryKind::kMessage) ++audience.members_version;
    news.push_back(std::make_shared<const Envelope>(EntryCommitted{entry, audience}));
  }
  club.desk.hub().receive(news);
  club.desk.run();
  Seqs all;
  for (uint64_t seq = first; seq < first + 9; ++seq) all.push_back(seq);
  CHECK(Seqs(bob->out.pushed.begin() + static_cast<ptrdiff_t>(before), bob->out.pushed.end()) ==
        all);
  CHECK(hers->out.pushed == Seqs{first + 3, first + 4, first + 5, first + 6});
}

TEST_CASE("a large group is sent to in parts, and who is closed meanwhile is passed over",
          "[hub][M3]") {
  constexpr size_t kPeople = 3 * Hub::kSentTogether;
  Club club;
  std::vector<std::unique_ptr<Seat>> seats;
  for (size_t i = 0; i < kPeople; ++i) {
    const UserId member = club.desk.person("member" + std::to_string(i));
    club.join(member);
    seats.push_back(club.desk.seat(member));
  }
  for (const auto& seat : seats) seat->out.pushed.clear();
  const auto told = [&] {
    return std::ranges::count_if(seats, [](const auto& seat) { return !seat->out.pushed.empty(); });
  };
  std::vector<ptrdiff_t> told_when_sent;
  const auto send = [&] {
    told_when_sent.push_back(told());
    if (told_when_sent.size() == 2) {
      club.desk.hub().close(seats.back()->id);
      club.desk.hub().close(seats.front()->id);
    }
  };
  SECTION("not when it is smaller than large") {
    club.desk.hub().send_with(send, kPeople + 1);
    club.desk.send(club.alice, club.group.id, "one");
    CHECK(told_when_sent.empty());
    CHECK(told() == kPeople);
  }
  SECTION("large") {
    club.desk.hub().send_with(send, kPeople);
    club.desk.send(club.alice, club.group.id, "one");
    CHECK(told_when_sent == std::vector<ptrdiff_t>{0, 64, 128});
    CHECK(told() == kPeople - 1);
    CHECK(seats.back()->out.pushed.empty());
    for (const auto& seat : seats) CHECK(seat->out.pushed.size() <= 1);
  }
  SECTION("large, and once in a turn") {
    club.desk.hub().send_with(send, kPeople - 2);
    club.desk.faults.hint_lost = 100;
    std::vector<EnvelopePtr> news;
    for (const char* const text : {"one", "two", "three"}) {
      const MessageId id = club.desk.send(club.alice, club.group.id, text).id;
      const Audience audience = club.desk.store->log().audience(id.conversation()).value();
      news.push_back(std::make_shared<const Envelope>(
          EntryCommitted{club.desk.store->log().find(id).value(), audience}));
    }
    for (const size_t i : {0, 1}) club.desk.hub().receive({&news[i], 1});
    CHECK(told_when_sent.size() == 3);
    club.desk.run();
    club.desk.hub().receive({&news[2], 1});
    CHECK(told_when_sent.size() == 6);
  }
}

TEST_CASE("who leaves hears nothing above his leaving, nor at the next log-in", "[hub][M6]") {
  Club club;
  club.join(club.bob);
  auto seat = club.desk.seat(club.bob);
  club.leave(club.bob);
  club.desk.send(club.alice, club.group.id, "not for bob");
  CHECK(std::ranges::find(seat->out.texts, "not for bob") == seat->out.texts.end());
  CHECK(seat->out.pushed == Seqs{2, 3});
  club.desk.close(*seat);
  seat = club.desk.seat(club.bob);
  CHECK(std::ranges::find(seat->out.texts, "not for bob") == seat->out.texts.end());
}

TEST_CASE("a join whose hint was lost is found by the sweep", "[hub][P20]") {
  Club club;
  const auto seat = club.desk.seat(club.bob);
  club.desk.faults.hint_lost = 100;
  club.join(club.bob);
  club.desk.faults.hint_lost = 0;
  club.desk.run(Millis(5'000));
  club.desk.send(club.alice, club.group.id, "welcome");
  CHECK(seat->out.pushed == Seqs{2, 3});
}

TEST_CASE("a leave whose hint was lost stops the pushes at the end of the membership",
          "[hub][M6]") {
  Club club;
  club.join(club.bob);
  const auto seat = club.desk.seat(club.bob);
  CHECK(seat->out.pushed == Seqs{2});
  club.desk.faults.hint_lost = 100;
  club.leave(club.bob);
  club.desk.faults.hint_lost = 0;
  for (int i = 0; i < 3; ++i) club.desk.send(club.alice, club.group.id, "not for bob");
  club.desk.run(Millis(5'000));
  CHECK(seat->out.pushed == Seqs{2, 3});
}

TEST_CASE("a group entry committed while an inbox is being read is not missed", "[hub]") {
  Club club;
  club.join(club.bob);
  // Many tries, because the two must cross: the seat opens while sends are under way.
  for (int i = 0; i < 40; ++i) {
    Desk& desk = club.desk;
    desk.node.worker(0).messages.send(
        Draft{club.group.id, club.alice, {}, "", ContentType::kText, "crossing"},
        Reply<Committed>(desk.thread(), [](Result<Committed>) {}));
    desk.run(Millis(desk.world.between(0, 3)));
    const auto seat = desk.seat(club.bob);
    desk.run(Millis(500));
    const uint64_t last = desk.store->cursors()
                              .standing(club.bob, seat->device.id, club.group.conversation)
                              .value()
                              .head.value;
    REQUIRE_FALSE(seat->out.pushed.empty());
    CHECK(seat->out.pushed.back() == last);
    desk.close(*seat);
  }
}

TEST_CASE("a new log-in of the same device ends the old session as REPLACED, another device stays",
          "[hub][G30][P6]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const auto phone = desk.seat(alice, "phone");
  const auto laptop = desk.seat(alice, "laptop");
  const auto phone_again = desk.seat(alice, "phone");
  desk.hub().receive(DeviceReplaced{alice, phone_again->device.id, phone_again->device.generation});
  CHECK(phone->out.closed == Code::kReplaced);
  CHECK_FALSE(laptop->out.closed);
  CHECK_FALSE(phone_again->out.closed);
}

TEST_CASE("the replaced session's cursors are refused, which ends it", "[hub][M59]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto old = desk.seat(bob, "phone");
  const Committed sent = desk.send(alice, bob, "one");
  const auto fresh = desk.seat(bob, "phone");
  REQUIRE(old->session->ack(sent.id).ok());
  CHECK_FALSE(old->out.closed);
  desk.run(Millis(2'000));
  CHECK(desk.delivered(*fresh, sent.id.conversation()) == Seq(0));
  CHECK(old->out.closed == Code::kReplaced);  // nobody else told it
  REQUIRE(fresh->session->ack(sent.id).ok());
  desk.run(Millis(2'000));
  CHECK(desk.delivered(*fresh, sent.id.conversation()) == Seq(1));
}

TEST_CASE("an operator's replay makes an online device get its entries again", "[hub][X3]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  Committed last;
  for (int i = 0; i < 3; ++i) last = desk.send(alice, bob, "x");
  REQUIRE(seat->session->ack(last.id).ok());
  desk.run(Millis(1'000));
  const ConversationId talk = last.id.conversation();
  desk.store->begin().value();
  REQUIRE(desk.store->cursors().set_delivered(seat->device.id, talk, Seq(1)).ok());
  desk.store->commit().value();
  SECTION("of one conversation") { desk.hub().receive(CursorsRewound{bob, seat->device.id, talk}); }
  SECTION("of all") { desk.hub().receive(CursorsRewound{bob, {}, {}}); }
  desk.run(Millis(1'000));
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 2, 3});
}

TEST_CASE("what is confirmed beside a session is not pushed again, and undoes nothing", "[hub]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  std::vector<Committed> sent;
  for (int i = 0; i < 6; ++i) sent.push_back(desk.send(alice, bob, "x"));
  REQUIRE(seat->out.pushed == Seqs{1, 2, 3, 4, 5, 6});
  const auto confirm = [&](size_t through) {
    desk.hub().receive(CursorConfirmed{bob, seat->device.id, sent[through].id});
  };
  for (size_t i = 0; i < 3; ++i) confirm(i);
  REQUIRE(seat->session->ack(sent[4].id).ok());
  confirm(3);  // older than what was acknowledged since
  desk.run(Millis(500));
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 5, 6});
  CHECK(seat->session->in_flight() == 1);
  CHECK(desk.delivered(*seat, sent[0].id.conversation()) == Seq(5));
  confirm(5);
  desk.run(Millis(2'000));
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 5, 6});
  CHECK(seat->session->in_flight() == 0);
}

TEST_CASE("a replay that happens while a device logs in is not overlooked", "[hub][X3]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const Committed sent = desk.send(alice, bob, "one");
  const ConversationId talk = sent.id.conversation();
  // Many tries, because the two must cross: the inbox is read before the cursor moves back, and
  // arrives after its news.
  for (int i = 0; i < 100; ++i) {
    const auto seat = desk.seat(bob);
    REQUIRE(seat->session->ack(sent.id).ok());
    desk.close(*seat);
    RecordingOutlet out;
    const SessionIdentity who{bob, seat->device.id, seat->device.generation};
    const SessionId id = desk.hub().open(who, AckMode::kClient, SyncMode::kAuto, out,
                                         [](Result<InboxCounts> opened) { CHECK(opened.ok()); });
    desk.run(Millis(desk.world.between(0, 6)));
    desk.store->begin().value();
    REQUIRE(desk.store->cursors().set_delivered(who.device, talk, Seq(0)).ok());
    desk.store->commit().value();
    desk.hub().receive(CursorsRewound{bob, who.device, talk});
    desk.run(Millis(500));
    CHECK(out.pushed == std::vector<uint64_t>{1});
    desk.hub().close(id);
    desk.run();
  }
}

TEST_CASE("a kicked session is closed with the reason", "[hub]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const auto seat = desk.seat(alice);
  desk.hub().receive(SessionsEnded{alice, {}, Error{Code::kDisabled, "the account is disabled"}});
  CHECK(seat->out.closed == Code::kDisabled);
}

TEST_CASE("a session that was replaced or disabled before it was registered does not begin",
          "[hub][G30][P6]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const auto phone = desk.seat(alice, "phone");
  SessionIdentity older{alice, phone->device.id, phone->device.generation};
  desk.seat(alice, "phone");
  std::optional<Code> refused;
  RecordingOutlet out;
  const auto open = [&](const SessionIdentity& who) {
    desk.hub().open(who, AckMode::kClient, SyncMode::kAuto, out, [&](Result<InboxCounts> counts) {
      refused = counts.ok() ? std::nullopt : std::optional(counts.error().code);
    });
    desk.run();
  };
  open(older);
  CHECK(refused == Code::kReplaced);
  older.generation += 1;
  open(older);
  CHECK_FALSE(refused);
  desk.store->begin().value();
  desk.store->accounts().set_disabled(alice, true).value();
  desk.store->commit().value();
  open(older);
  CHECK(refused == Code::kDisabled);
}
