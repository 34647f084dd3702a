// What one node tells another may be wrong: the store has the last word.
#include <catch2/catch.hpp>

#include "tests/session/desk.h"

using namespace mpim;
using namespace mpim::sim;
using Seqs = std::vector<uint64_t>;

TEST_CASE("a head that was told too high stops nothing and passes nothing over", "[session][M55]") {
  Desk desk(SessionLimits{.window_max = 5, .redelivery = {}});
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  const ConversationId direct = desk.send(alice, bob, "x").id.conversation();
  const Audience audience = desk.store->log().audience(direct).value();
  SECTION("while everything is acknowledged") {
    seat->session->ack_all();
    desk.hub().receive(HeadMoved{audience, Seq(2'000)});
  }
  SECTION("while something is under way") { desk.hub().receive(HeadMoved{audience, Seq(2'000)}); }
  SECTION("and an entry is committed before the log is read") {
    seat->session->ack_all();
    desk.hub().receive(HeadMoved{audience, Seq(2'000)});
    desk.faults.hint_lost = 100;
  }
  desk.run();
  desk.send(alice, bob, "x");
  desk.run(Millis(5'000));
  desk.faults.hint_lost = 0;
  desk.send(alice, bob, "x");
  CHECK(seat->out.pushed == Seqs{1, 2, 3});
  CHECK(seat->out.notices.empty());
  CHECK_FALSE(seat->session->behind());
  seat->session->ack_all();
  desk.close(*seat);
  CHECK(desk.delivered(*seat, direct) == Seq(3));
}

TEST_CASE("a backlog that came up live is passed over to the window the store gives",
          "[session][M16]") {
  Desk desk(SessionLimits{.window_max = 5, .redelivery = {}});
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "x");
  seat->session->ack_all();
  desk.faults.hint_lost = 100;
  for (int i = 0; i < 20; ++i)
    desk.node.worker(0).messages.send(Draft{bob, alice, {}, "", ContentType::kText, "x"},
                                      Reply<Committed>(desk.thread(), [](Result<Committed>) {}));
  desk.run(Millis(6'000));
  CHECK(seat->out.pushed == Seqs{1, 17, 18, 19, 20, 21});
  REQUIRE(seat->out.notices.size() == 1);
  CHECK(seat->out.notices[0].kind == Notice::Kind::kGap);
  CHECK(seat->out.notices[0].from == Seq(1));
  CHECK(seat->out.notices[0].to == Seq(16));
}

TEST_CASE("a session that is beyond the log's head is taken back to it", "[session]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  const ConversationId direct = desk.send(alice, bob, "x").id.conversation();
  const Audience audience = desk.store->log().audience(direct).value();
  desk.send(alice, bob, "x");
  // As if the store had lost what was given and acknowledged.
  desk.hub().receive(CursorConfirmed{bob, seat->device.id, MessageId(direct, Seq(50))});
  desk.hub().receive(HeadMoved{audience, Seq(51)});
  desk.run();
  desk.send(alice, bob, "x");
  desk.send(alice, bob, "x");
  CHECK(seat->out.pushed == Seqs{1, 2, 3, 4});
  CHECK_FALSE(seat->session->may_ack(MessageId(direct, Seq(5))).ok());
  seat->session->ack_all();
  desk.close(*seat);
  CHECK(desk.delivered(*seat, direct) == Seq(4));
}

TEST_CASE("a version of members that was told too high is asked for once", "[hub][M55]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const Group group = in_transaction(*desk.store, [&](Store& store) {
                        return store.groups().create(alice, {}, "club", "", desk.world.wall());
                      }).group;
  const auto seat = desk.seat(alice);
  desk.send(alice, group.id, "x");
  Audience audience = desk.store->log().audience(group.conversation).value();
  const size_t before = seat->out.pushed.size();
  const uint64_t last = seat->out.pushed.back();
  const uint64_t told = audience.members_version + 1'000;
  SECTION("at rest") {
    audience.members_version = told;
    desk.hub().receive(HeadMoved{audience, Seq(last + 1)});
  }
  SECTION("while the store is being asked") {
    audience.members_version += 1;
    desk.hub().receive(HeadMoved{audience, Seq(last + 1)});
    audience.members_version = told;
    desk.hub().receive(HeadMoved{audience, Seq(last + 1)});
  }
  desk.run();
  desk.send(alice, group.id, "x");
  desk.send(alice, group.id, "x");
  REQUIRE(seat->out.pushed.size() == before + 2);
  CHECK(seat->out.pushed.back() == last + 2);
}
