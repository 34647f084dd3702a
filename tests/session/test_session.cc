// One session at a time: what it pushes, when, and what it makes of acknowledgements.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>

#include "tests/session/desk.h"

using namespace mpim;
using namespace mpim::sim;
using Seqs = std::vector<uint64_t>;

TEST_CASE("a level session gets each entry at once and in order", "[session][M1]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  for (const char* text : {"one", "two", "three"}) desk.send(alice, bob, text);
  CHECK(seat->out.pushed == Seqs{1, 2, 3});
  CHECK(seat->out.texts == std::vector<std::string>{"one", "two", "three"});
  CHECK(seat->session->in_flight() == 3);
}

TEST_CASE(
    "what came while a device was away is pushed at log-in, counted, and only once it is "
    "acknowledged gone",
    "[session][M2][M13][M42]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  desk.close(*desk.seat(bob));
  const Committed first = desk.send(alice, bob, "one");
  desk.send(alice, bob, "two");
  auto seat = desk.seat(bob);
  CHECK(seat->counts.pending == 2);
  CHECK(seat->counts.unread == 2);
  CHECK(seat->out.pushed == Seqs{1, 2});
  REQUIRE(seat->session->ack(first.id).ok());
  desk.close(*seat);
  seat = desk.seat(bob);
  CHECK(seat->out.pushed == Seqs{2});
  CHECK(seat->counts.unread == 2);
}

TEST_CASE("a backlog over many conversations comes whole, whatever one read may take",
          "[session][M2][M12]") {
  const auto page = GENERATE(1U, 2U, 3U, 7U, 256U);
  SessionLimits limits;
  limits.page_entries = page;
  Desk desk(limits);
  const UserId bob = desk.person("bob");
  std::vector<UserId> friends;
  for (const char* name : {"ann", "bea", "cat", "dan", "eve"}) friends.push_back(desk.person(name));
  desk.close(*desk.seat(bob));
  for (size_t who = 0; who < friends.size(); ++who)
    for (size_t i = 0; i <= who; ++i)
      desk.send(friends[who], bob, std::to_string(who) + "." + std::to_string(i));
  const auto mode = GENERATE(SyncMode::kAuto, SyncMode::kManual);
  auto seat = desk.seat(bob, "default", AckMode::kClient, mode);
  CHECK(seat->counts.pending == 15);
  CHECK(seat->counts.unread == 15);
  if (mode == SyncMode::kManual) {
    CHECK(seat->out.pushed.empty());
    uint32_t pulled = 0;
    for (bool level = false; !level;) {
      seat->session->pull(4, std::nullopt, [&](Result<PullOutcome> done) {
        CHECK(done->count <= 4);
        level = done->level;
        pulled += done->count;
      });
      desk.run();
    }
    CHECK(pulled == 15);
  }
  std::vector<std::string> sorted = seat->out.texts;
  std::ranges::sort(sorted);
  CHECK(sorted.size() == 15);
  CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
  for (size_t who = 0; who < friends.size(); ++who) {
    std::vector<std::string> from_one;
    std::ranges::copy_if(seat->out.texts, std::back_inserter(from_one),
                         [&](const std::string& text) { return text[0] == char('0' + who); });
    CHECK(from_one.size() == who + 1);
    CHECK(std::ranges::is_sorted(from_one));
  }
  CHECK_FALSE(seat->session->behind());
}

TEST_CASE("a lost hint is healed by the sweep of heads within five seconds", "[session][M55]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.faults.hint_lost = 100;
  desk.send(alice, bob, "lost on the way");
  CHECK(seat->out.pushed.empty());
  desk.run(Millis(5'000));
  CHECK(seat->out.pushed == Seqs{1});
}

TEST_CASE("a gap makes the session read the log and nothing is pushed out of order",
          "[session][M25]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "one");
  desk.faults.hint_lost = 100;
  desk.send(alice, bob, "two");
  desk.faults.hint_lost = 0;
  desk.send(alice, bob, "three");
  CHECK(seat->out.pushed == Seqs{1, 2, 3});
}

TEST_CASE("an acknowledgement beyond what was given is refused and moves nothing",
          "[session][G28]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  const Committed sent = desk.send(alice, bob, "one");
  const ConversationId talk = sent.id.conversation();
  const auto beyond = seat->session->ack(MessageId(talk, Seq(2)));
  REQUIRE_FALSE(beyond.ok());
  CHECK(beyond.error().code == Code::kBadRequest);
  const auto foreign = seat->session->ack(MessageId(ConversationId(99), Seq(1)));
  REQUIRE_FALSE(foreign.ok());
  CHECK(foreign.error().code == Code::kNotFound);
  desk.run(Millis(1'000));
  CHECK(desk.delivered(*seat, talk) == Seq(0));
  REQUIRE(seat->session->ack(sent.id).ok());
  desk.run(Millis(1'000));
  CHECK(desk.delivered(*seat, talk) == Seq(1));
}

TEST_CASE(
    "unacknowledged pushes are repeated after 1, 2, 4 and 8 seconds, then the connection is dead",
    "[session][M52][M58]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "hello?");
  size_t repeats = 0;
  for (const int64_t seconds : {1, 2, 4, 8}) {
    seat->session->on_bytes_left(seat->out.total);
    desk.run(Millis(seconds * 1'000 - 400));
    CHECK(seat->out.pushed.size() == 1 + repeats);
    desk.run(Millis(900));
    CHECK(seat->out.pushed.size() == 1 + ++repeats);
  }
  CHECK_FALSE(seat->out.closed);
  seat->session->on_bytes_left(seat->out.total);
  desk.run(Millis(17'000));
  CHECK(seat->out.closed == Code::kDeadline);
  CHECK(seat->out.pushed == Seqs{1, 1, 1, 1, 1});
  CHECK(desk.delivered(*seat, ConversationId(desk.store->cursors()
                                                 .inbox(bob, seat->device.id, {})
                                                 .value()
                                                 .standings.front()
                                                 .conversation)) == Seq(0));
}

TEST_CASE("the redelivery clock does not run before the bytes have left", "[session][M52]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "stuck in the buffer");
  desk.run(Millis(60'000));
  CHECK(seat->out.pushed == Seqs{1});
  CHECK_FALSE(seat->out.closed);
}

TEST_CASE("what was pushed a moment ago is not repeated with what is due", "[session][M52]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  const auto send = [&](const char* text) {
    const Committed sent = desk.send(alice, bob, text);
    seat->session->on_bytes_left(seat->out.total);
    return sent.id;
  };
  send("one");
  desk.run(Millis(900));
  const MessageId young = send("two");
  desk.run(Millis(400));
  CHECK(seat->out.pushed == Seqs{1, 2, 1});
  SECTION("until it is due itself") {
    seat->session->on_bytes_left(seat->out.total);
    desk.run(Millis(2'500));
    CHECK(seat->out.pushed == Seqs{1, 2, 1, 1, 2});
  }
  SECTION("and one acknowledgement stands for both") {
    REQUIRE(seat->session->ack(young).ok());
    CHECK(seat->session->in_flight() == 0);
    desk.run(Millis(20'000));
    CHECK(seat->out.pushed == Seqs{1, 2, 1});
  }
  SECTION("an acknowledgement of the first leaves the other under way") {
    REQUIRE(seat->session->ack(MessageId(young.conversation(), Seq(1))).ok());
    CHECK(seat->session->in_flight() == 1);
    desk.close(*seat);
    CHECK(desk.delivered(*seat, young.conversation()) == Seq(1));
  }
}

TEST_CASE("an acknowledgement stops the repeats", "[session][M52]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  const Committed sent = desk.send(alice, bob, "one");
  seat->session->on_bytes_left(seat->out.total);
  REQUIRE(seat->session->ack(sent.id).ok());
  desk.run(Millis(30'000));
  CHECK(seat->out.pushed == Seqs{1});
  CHECK(seat->session->in_flight() == 0);
}

TEST_CASE("with ack=auto an entry has arrived when the peer's TCP has its bytes, not before",
          "[session][M50]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob, "default", AckMode::kAuto);
  const ConversationId talk = desk.send(alice, bob, "one").id.conversation();
  desk.send(alice, bob, "two");
  seat->session->on_bytes_left(seat->out.total);
  desk.run(Millis(2'000));
  CHECK(desk.delivered(*seat, talk) == Seq(0));
  seat->session->on_bytes_received(100);
  desk.run(Millis(2'000));
  CHECK(desk.delivered(*seat, talk) == Seq(1));
  seat->session->on_bytes_received(200);
  desk.run(Millis(2'000));
  CHECK(desk.delivered(*seat, talk) == Seq(2));
}

TEST_CASE("a congested outlet gets nothing, and everything in order once it is free",
          "[session][M38]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "one");
  seat->out.full = true;
  for (int i = 0; i < 200; ++i) desk.send(alice, bob, "more");
  CHECK(seat->out.pushed == Seqs{1});
  seat->out.full = false;
  seat->session->on_writable();
  desk.run(Millis(1'000));
  REQUIRE(seat->out.pushed.size() == 201);
  CHECK(std::ranges::is_sorted(seat->out.pushed));
}

TEST_CASE("at most in_flight_max entries are under way", "[session]") {
  Desk desk(SessionLimits{.in_flight_max = 3, .redelivery = {}});
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  std::vector<Committed> sent;
  for (int i = 0; i < 4; ++i) sent.push_back(desk.send(alice, bob, "x"));
  CHECK(seat->out.pushed == Seqs{1, 2, 3});
  REQUIRE(seat->session->ack(sent[0].id).ok());
  desk.run();
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4});
}

TEST_CASE("below the window a NOTICE tells the gap instead of pushing", "[session][M16]") {
  Desk desk(SessionLimits{.window_max = 5, .redelivery = {}});
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  desk.close(*desk.seat(bob));
  SECTION("at the window everything is pushed") {
    for (int i = 0; i < 5; ++i) desk.send(alice, bob, "x");
    const auto seat = desk.seat(bob);
    CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 5});
    CHECK(seat->out.notices.empty());
  }
  SECTION("one past it the oldest is told") {
    for (int i = 0; i < 6; ++i) desk.send(alice, bob, "x");
    const auto seat = desk.seat(bob);
    CHECK(seat->out.pushed == Seqs{2, 3, 4, 5, 6});
    REQUIRE(seat->out.notices.size() == 1);
    CHECK(seat->out.notices[0].kind == Notice::Kind::kGap);
    CHECK(seat->out.notices[0].from == Seq(0));
    CHECK(seat->out.notices[0].to == Seq(1));
  }
}

TEST_CASE("what waited too long is told by a NOTICE, until something there is acknowledged",
          "[session][M15]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  desk.close(*desk.seat(bob));
  for (int i = 0; i < 3; ++i) desk.send(alice, bob, "old");
  const RetentionRule rule{.inbox_before = desk.world.wall() + Millis(1)};
  const auto step = [&](Store& in) { return in.retention().step(rule, 2); };
  while (in_transaction(*desk.store, step).more) continue;
  const auto check_gap = [](const Seat& seat) {
    REQUIRE(seat.out.notices.size() == 1);
    CHECK(seat.out.notices[0].kind == Notice::Kind::kGap);
    CHECK(seat.out.notices[0].from == Seq(0));
    CHECK(seat.out.notices[0].to == Seq(3));
    CHECK(seat.out.notices[0].text.find("HISTORY") != std::string::npos);
  };
  SECTION("with nothing after it") {
    auto seat = desk.seat(bob);
    CHECK(seat->counts.pending == 0);
    CHECK(seat->counts.unread == 3);
    CHECK(seat->out.pushed.empty());
    check_gap(*seat);
    desk.close(*seat);
    seat = desk.seat(bob);
    check_gap(*seat);  // who knows whether the first one arrived
    seat->session->ack_all();
    desk.close(*seat);
    seat = desk.seat(bob);
    CHECK(seat->out.notices.empty());
  }
  SECTION("with something after it, which is pushed") {
    const Committed young = desk.send(alice, bob, "young");
    auto seat = desk.seat(bob);
    CHECK(seat->counts.pending == 1);
    CHECK(seat->out.pushed == Seqs{4});
    check_gap(*seat);
    REQUIRE(seat->session->ack(young.id).ok());
    desk.close(*seat);
    seat = desk.seat(bob);
    CHECK(seat->out.notices.empty());
    CHECK(seat->out.pushed.empty());
  }
  SECTION("live, where nothing was known of it") {
    const auto seat = desk.seat(bob);
    check_gap(*seat);
    desk.send(alice, bob, "now");
    CHECK(seat->out.pushed == Seqs{4});
  }
  SECTION("with sync=manual PULL does not give it either") {
    desk.send(alice, bob, "young");
    const auto seat = desk.seat(bob, "default", AckMode::kClient, SyncMode::kManual);
    std::optional<PullOutcome> outcome;
    seat->session->pull(9, std::nullopt, [&](Result<PullOutcome> done) { outcome = done.value(); });
    desk.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->level);
    CHECK(seat->out.pushed == Seqs{4});
    check_gap(*seat);
  }
}

TEST_CASE("sync=manual waits for PULL, which goes on where it ended", "[session][G4][M12]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  desk.close(*desk.seat(bob));
  for (int i = 0; i < 5; ++i) desk.send(alice, bob, "x");
  const auto seat = desk.seat(bob, "default", AckMode::kClient, SyncMode::kManual);
  CHECK(seat->counts.pending == 5);
  CHECK(seat->out.pushed.empty());
  const auto pull = [&](uint32_t count_max) {
    std::optional<PullOutcome> outcome;
    seat->session->pull(count_max, std::nullopt,
                        [&](Result<PullOutcome> done) { outcome = done.value(); });
    desk.run();
    return outcome.value();
  };
  const PullOutcome first = pull(3);
  CHECK(seat->out.pushed == Seqs{1, 2, 3});
  CHECK_FALSE(first.level);
  CHECK(first.count == 3);
  const PullOutcome second = pull(3);
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 5});
  CHECK(second.level);
  CHECK(second.count == 2);
  desk.send(alice, bob, "live, as the session is level now");
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 5, 6});
}

TEST_CASE("what a device made just before it left does not wait for it", "[session][M42]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  auto seat = desk.seat(alice);
  const Committed first = desk.send(bob, alice, "one");
  REQUIRE(seat->session->ack(first.id).ok());
  desk.close(*seat);
  seat = desk.seat(alice);  // level: this session was given nothing of the conversation
  uint32_t waiting = 0;
  SECTION("when it has everything before it") {}
  SECTION("one after another") {
    seat->session->on_own({desk.send(alice, bob, "two", seat->device.id).id});
  }
  SECTION("but does where something before it was not given yet") {
    in_transaction(*desk.store, [&](Store& store) {
      return store.log().append({alice, bob, {}, "", ContentType::kText, "unheard"},
                                desk.world.wall());
    });
    waiting = 2;
  }
  seat->session->on_own({desk.send(alice, bob, "last", seat->device.id).id});
  desk.close(*seat);
  CHECK(desk.seat(alice)->counts.pending == waiting);
}

TEST_CASE("PULL from a place repeats entries without changing where the session stands",
          "[session][M12]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  ConversationId talk;
  for (int i = 0; i < 4; ++i) talk = desk.send(alice, bob, "x").id.conversation();
  std::optional<PullOutcome> outcome;
  seat->session->pull(2, CursorMove{talk, Seq(1)},
                      [&](Result<PullOutcome> done) { outcome = done.value(); });
  desk.run();
  REQUIRE(outcome);
  CHECK(outcome->count == 2);
  CHECK_FALSE(outcome->level);
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4, 2, 3});
  CHECK(seat->session->in_flight() == 4);
}

TEST_CASE(
    "the +OK of an own message is its push; the user's other device gets it with its client id",
    "[session][G30][M49]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto phone = desk.seat(alice, "phone");
  const auto laptop = desk.seat(alice, "laptop");
  const Committed sent = desk.send(alice, bob, "from my phone", phone->device.id, "c1");
  phone->session->on_own({sent.id});
  desk.run(Millis(1'000));
  CHECK(phone->out.pushed.empty());
  CHECK(desk.delivered(*phone, sent.id.conversation()) == Seq(1));
  CHECK(laptop->out.pushed == Seqs{1});
  CHECK(laptop->out.client_ids == std::vector<std::string>{"c1"});
  CHECK(laptop->out.receivers == std::vector<UserId>{bob});
}

TEST_CASE("what a device is sending is not pushed to it when the log is read before the +OK",
          "[session][G30][M49]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto phone = desk.seat(alice, "phone");
  desk.faults.hint_lost = 100;
  phone->session->on_sending();
  phone->session->on_sending();
  desk.send(bob, alice, "before");
  const Committed sent = desk.send(alice, bob, "mine", phone->device.id);
  const Committed after = desk.send(bob, alice, "after");
  phone->session->on_head(after.id.conversation(), after.id.seq());
  desk.run(Millis(1'000));
  CHECK(phone->out.texts == std::vector<std::string>{"before"});
  SECTION("it was this send") {
    phone->session->on_own({sent.id});
    phone->session->on_sent();
    desk.run(Millis(1'000));
    CHECK(phone->out.texts == std::vector<std::string>{"before", "after"});
    phone->session->on_sent();
  }
  SECTION("it was not: an earlier session of the device was never told") {
    phone->session->on_sent();
    desk.run(Millis(1'000));
    CHECK(phone->out.texts == std::vector<std::string>{"before"});
    phone->session->on_sending();  // what begins later is not waited for
    phone->session->on_sent();
    desk.run(Millis(1'000));
    CHECK(phone->out.texts == std::vector<std::string>{"before", "mine", "after"});
  }
  desk.run(Millis(1'000));
  CHECK_FALSE(phone->session->behind());
}

TEST_CASE("a failing store delays what is owed and loses nothing", "[session][M56]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  desk.close(*desk.seat(bob));
  desk.send(alice, bob, "one");
  const auto seat = desk.seat(bob, "second");
  CHECK(seat->out.pushed == Seqs{1});
  desk.faults.store.read_fails = 100;
  desk.faults.hint_lost = 100;
  desk.send(alice, bob, "two");
  desk.run(Millis(10'000));
  CHECK(seat->out.pushed == Seqs{1});
  desk.faults = Faults{};
  desk.run(Millis(10'000));
  CHECK(seat->out.pushed == Seqs{1, 2});
}
