// The small pieces sessions are made of.
#include <catch2/catch.hpp>

#include "server/session/catch_up.h"
#include "server/session/in_flight.h"
#include "server/session/reading.h"
#include "server/session/redelivery.h"

using namespace mpim;

TEST_CASE("time in which the process did not run is not counted against a device", "[redelivery]") {
  Redelivery redelivery({});
  redelivery.waiting(Instant{0});
  CHECK(redelivery.tick(Instant{250}) == Redelivery::Verdict::kWait);
  CHECK(redelivery.tick(Instant{60'250}) == Redelivery::Verdict::kWait);
  CHECK(redelivery.tick(Instant{60'500}) == Redelivery::Verdict::kPushAgain);
}

TEST_CASE("progress starts the delays anew", "[redelivery]") {
  Redelivery redelivery({});
  auto tick_until = [&, at = int64_t{0}](int64_t end) mutable {
    auto verdict = Redelivery::Verdict::kWait;
    while (at < end && verdict == Redelivery::Verdict::kWait)
      verdict = redelivery.tick(Instant{at += 250});
    return verdict;
  };
  redelivery.waiting(Instant{0});
  CHECK(tick_until(1'000) == Redelivery::Verdict::kPushAgain);
  redelivery.progress(Instant{1'000}, true);
  CHECK(tick_until(1'750) == Redelivery::Verdict::kWait);
  CHECK(tick_until(2'000) == Redelivery::Verdict::kPushAgain);
}

TEST_CASE("an acknowledgement is cumulative within its conversation only", "[in_flight]") {
  InFlight flight;
  const ConversationId a(1);
  const ConversationId b(2);
  flight.add({a, Seq(1), 10});
  flight.add({b, Seq(1), 20});
  flight.add({a, Seq(2), 30});
  CHECK(flight.acknowledge(a, Seq(1)) == 1);
  CHECK(flight.first_of(a) == Seq(2));
  CHECK(flight.first_of(b) == Seq(1));
  CHECK(flight.take_within(25).size() == 1);
  CHECK(flight.size() == 1);
}

TEST_CASE("own entries made out of turn are remembered within a bound", "[reading]") {
  Reading reading;
  reading.start_at(Seq(0));
  for (uint64_t seq = 2; seq < 2 + Reading::kOwnMax + 1; ++seq)
    reading.remember_own({MessageId(ConversationId(1), Seq(seq))});
  CHECK(reading.own.size() == Reading::kOwnMax);
  CHECK_FALSE(reading.made_here(Seq(2)));
  CHECK(reading.made_here(Seq(3)));
  reading.advance(Seq(10));
  CHECK_FALSE(reading.made_here(Seq(10)));
  CHECK(reading.made_here(Seq(11)));
}

TEST_CASE("who was not reached by a read is first again, and keeps his place", "[catch_up]") {
  CatchUp line;
  const auto all = [](ConversationId) { return true; };
  using Taken = std::vector<ConversationId>;
  for (uint64_t of = 1; of <= 5; ++of) line.line_up(ConversationId(of));
  const Taken taken = line.next([](ConversationId of) { return of.value != 2; }, 3);
  CHECK(taken == Taken{ConversationId(1), ConversationId(3), ConversationId(4)});
  line.line_up(ConversationId(1));
  line.put_back(std::span(taken).subspan(1));
  CHECK(line.next(all, 10) == Taken{ConversationId(3), ConversationId(4), ConversationId(2),
                                    ConversationId(5), ConversationId(1)});
  CHECK_FALSE(line.any(all));
}
