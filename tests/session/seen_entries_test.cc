// An acknowledgement names its entry by when that was committed: what a session knows of it.
#include <catch2/catch.hpp>

#include "server/session/reading.h"
#include "tests/session/desk.h"

namespace mpim::sim {
namespace {

TEST_CASE("the time of what was given is known while it is owed again and cannot be read",
          "[session][M35]") {
  Desk desk;
  const UserId alice = desk.person("alice");
  const UserId bob = desk.person("bob");
  const auto seat = desk.seat(bob);
  desk.send(alice, bob, "one");
  const Committed sent = desk.send(alice, bob, "two");
  seat->session->on_bytes_left(seat->out.total);
  desk.faults.store.read_fails = 100;
  desk.run(Millis(2'500));
  REQUIRE(seat->out.pushed.size() == 2);  // owed again: only the log has it
  CHECK(seat->session->given_at(sent.id) == sent.at);
  REQUIRE(seat->session->ack(sent.id).ok());
  const std::vector<CursorMove> moves = seat->session->take_moves();
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].delivered == Seq(2));
  CHECK(moves[0].at == sent.at);
}

TEST_CASE("of a log that became shorter no time is known that it may have given anew",
          "[reading][M35]") {
  Reading reading;
  reading.start_at(Seq(0));
  reading.advance(Seq(1), Timestamp{10});
  reading.advance(Seq(2), Timestamp{20});
  reading.push_again_from(Seq(0));
  CHECK(reading.at_of(Seq(2)) == Timestamp{20});
  reading.advance(Seq(1), Timestamp{10});
  CHECK(reading.at_of(Seq(1)) == Timestamp{10});
  reading.fall_back(Seq(1));
  CHECK(reading.at_of(Seq(2)) == Timestamp{});
  reading.advance(Seq(2), Timestamp{30});
  CHECK(reading.at_of(Seq(2)) == Timestamp{30});
}

}  // namespace
}  // namespace mpim::sim
